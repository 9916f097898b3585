"""HTTP requests that end: a wall clock over the whole of each, and a cap on an answer's body.

A timeout of ``requests`` is for each read of the socket, so a server that sends a byte a second
keeps a client for ever. Here a request's sockets are shut down when its time is over, whatever it
is at: encryption, sending, the answer's headers or its body.
"""

import os
import socket
import threading

import requests
import urllib3

_CHUNK = 2**16  # bytes
_THREAD = threading.local()  # its ``clock`` is the WallClock that the thread's request is under


class TooLong(Exception):
    """An answer's body is longer than was asked for; the message says how it goes on."""


class WallClock:
    """A context in which the thread's request over a ``session()`` ends in time.

    Looking up the server's name and connecting to it have timeouts of their own.

    Args:
      seconds: from entering the context on.

    Attributes:
      expired: whether the time is over. A request that ended with an error, or even with a short
        answer, did so because of it.
    """

    def __init__(self, seconds):
        self.expired = False
        self._lock, self._sockets = threading.Lock(), []
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True

    def __enter__(self):
        _THREAD.clock = self
        self._timer.start()
        return self

    def __exit__(self, *_):
        self._timer.cancel()
        _THREAD.clock = None
        with self._lock:
            while self._sockets:
                self._sockets.pop().close()

    def watch(self, connection):
        """Lets a socket end with the time.

        What is kept is a duplicate: encryption takes the socket itself over, and an answer outlives
        its connection.
        """
        duplicate = socket.socket(fileno=os.dup(connection.fileno()))
        with self._lock:
            self._sockets.append(duplicate)
            if self.expired:
                _shut_down(duplicate)

    def _expire(self):
        with self._lock:
            self.expired = True
            for duplicate in self._sockets:
                _shut_down(duplicate)


def session(scheme, connections):
    """A requests.Session whose requests keep to the WallClock of the thread that makes them.

    Args:
      scheme: ``"http"`` or ``"https"``.
      connections: how many are kept open.
    """
    found = requests.Session()
    # Compressed answers would be a cap's undoing: 4 MB of gzip are 4 GB.
    found.headers["Accept-Encoding"] = "identity"
    found.mount(f"{scheme}://", _Adapter(pool_connections=1, pool_maxsize=connections))
    return found


def body(response, most):
    """The content of a streamed answer.

    Args:
      response: requests.Response; it is closed where its connection cannot be used again.
      most: bytes that are taken.

    Raises:
      TooLong: it has more, or is compressed, which nobody asked for.
    """
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding.lower() != "identity":
        response.close()
        raise TooLong(f"in the encoding {encoding}, which was not asked for")
    found = bytearray()
    # Not iter_content(): its reader of chunks takes lines of any length.
    while part := response.raw.read(_CHUNK, decode_content=False):
        found += part
        if len(found) > most:
            response.close()
            raise TooLong(f"with more than the {most:,} bytes that a right answer has at most")
    return bytes(found)


def _shut_down(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # the other side was first


class _Watched:
    """A connection whose socket the thread's WallClock watches, be it new or used again."""

    def _new_conn(self):
        found = super()._new_conn()
        _watch(found)
        return found

    def request(self, *args, **kwargs):
        if self.sock is not None:
            _watch(self.sock)
        return super().request(*args, **kwargs)


def _watch(connection):
    if clock := getattr(_THREAD, "clock", None):
        clock.watch(connection)


class _Connection(_Watched, urllib3.connection.HTTPConnection):
    pass


class _TlsConnection(_Watched, urllib3.connection.HTTPSConnection):
    pass


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(requests.adapters.HTTPAdapter):
    """Makes watched connections, through an HTTP proxy too; SOCKS has connections of its own."""

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}

    def proxy_manager_for(self, *args, **kwargs):
        manager = super().proxy_manager_for(*args, **kwargs)
        if isinstance(manager, urllib3.ProxyManager):
            manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
        return manager
