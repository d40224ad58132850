"""A stock snmpd on a node of a lab that runs no Splash."""

import pathlib
import shutil
import subprocess
import tempfile

from support.commands import ENVIRONMENT, wait_until

SYS_NAME = "1.3.6.1.2.1.1.5.0"


def start_stock_agent(test_class, node):
    """Until the tests of the class are over; it answers when this returns."""
    files = tempfile.TemporaryDirectory()
    test_class.addClassCleanup(files.cleanup)
    directory = pathlib.Path(files.name)
    configuration = directory / "snmpd.conf"
    configuration.write_text(f"rwcommunity private\nrocommunity public\nsysName {node}\n")
    environment = {**ENVIRONMENT, "SNMP_PERSISTENT_DIR": str(directory / "persistent")}
    agent = subprocess.Popen(
        ["ip", "netns", "exec", test_class.lab.netns(node), shutil.which("snmpd", path="/usr/sbin:/usr/bin"), "-f",
         "-C", "-c", str(configuration), "-I", "-smux", "-Lf", str(directory / "log"), "-x",
         str(directory / "agentx"), "udp:161"], env=environment, stdin=subprocess.DEVNULL)

    def end():
        agent.terminate()
        agent.wait(timeout=30)
    test_class.addClassCleanup(end)
    wait_until(lambda: test_class.lab.snmpget(node, SYS_NAME, check=False).returncode == 0, "the stock agent answers")
