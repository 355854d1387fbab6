"""The WSGI entry point: `flask --app wsgi …`, or any WSGI server on `wsgi:app`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "platform"))

from parley.app import create_app

app = create_app()
