"""Cases of walks, requests, access: snmpd and splashd side by side."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from case_tests import case_tests  # noqa: E402

Requests = case_tests("Requests", ["walks", "requests", "access"])
