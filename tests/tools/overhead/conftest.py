import pathlib
import sys

# These tools import each other by their bare names, which Python finds beside the script it runs.
sys.path.append(str(pathlib.Path(__file__).parents[3] / "tools" / "overhead"))
