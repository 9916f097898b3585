// Says what is wrong where app.js cannot even start. A plain script, for browsers run those from
// files too, and a module only from a server.
"use strict";

addEventListener(
  "error",
  (event) => {
    if (!(event.target instanceof HTMLScriptElement)) return;
    document.body.dataset.state = "failed";
    document.getElementById("status").textContent =
      location.protocol === "file:"
        ? "This page was opened as a file, and browsers start it only from a web server. " +
          "In its folder run: python3 -m http.server, then open http://localhost:8000"
        : "A part of this page is missing on the server. Please copy its folder there again.";
  },
  true, // a script's failure to load does not bubble
);
