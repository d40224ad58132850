"""Cases of extending, monitoring, persistence: snmpd and splashd side by side."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from case_tests import case_tests  # noqa: E402

Agent = case_tests("Agent", ["extending", "monitoring", "persistence"])
