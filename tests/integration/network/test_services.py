"""Services on a router's own network and on the dictionary, called by programs at live daemons."""

import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.commands import wait_until  # noqa: E402
from support.lab import LabTest  # noqa: E402
from support.snap import Exc, assemble  # noqa: E402

NO_ROUTE, FAILED, OUT_OF_RANGE, NOT_PERMITTED, NO_INSTANCE = 34, 36, 38, 39, 41
WRONG_TYPE, QUOTA = 44, 45
HOME = "getsrc\nmoveto home-pc\nhome: forw\ndemuxall 0\n"
LINK = re.compile(r"^(\d+): (e\S+?)@", re.MULTILINE)


class ServicesTest(LabTest):
    def at(self, node, text, start=None):
        """What a program delivers that runs `text` at a node, injected there or at another one."""
        to_there, back = ("", "demuxall 0\n") if start in (None, node) else ("forw\n", HOME)
        with self.lab.client(start or node) as client:
            client.inject(assemble(to_there + text + back), self.lab.address(node), 64)
            return client.packet().values()

    def call(self, node, service, *arguments, start=None):
        pushes = "".join(f"push {a}\n" for a in arguments)
        return self.at(node, f'{pushes}calls "{service}"\n', start)

    def links(self, node):
        """ifIndex and name of a node's links, in the order of ifIndex."""
        found = LINK.findall(self.lab.inside(node, "ip", "-o", "link").stdout)
        return sorted((int(index), name) for index, name in found)


class RouterTest(ServicesTest):
    """n2 is in the middle of n1, n2, n3; its links have room for two."""

    topology = "line3"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        links = {}
        for line in cls.lab.inside("n2", "ip", "-4", "-o", "addr", "show", "scope", "global").stdout.splitlines():
            _, name, _, address = line.split()[:4]
            if name != "lo":
                links[name] = address.partition("/")[0]
        cls.own = [links[name] for _, name in cls.links(cls, "n2")]
        cls.beside = [cls.other_end(cls, address) for address in cls.own]

    def other_end(self, address):
        network, _, last = address.rpartition(".")
        others = [f"{network}.{int(last) + step}" for step in (-1, 1)]
        (there,) = [a for a in others if a in self.lab.addresses("n1") + self.lab.addresses("n3")]
        return there


class Router(RouterTest):
    def test_neighbours_are_those_on_the_links(self):
        for service in ("if_getallneighbours", "snmp_getneighbours"):
            self.assertEqual(self.call("n2", service, 0), [*self.beside, 2])
            self.assertEqual(self.call("n2", service, self.own[0]), [self.beside[1], 1])
            self.assertEqual(self.call("n2", service, self.lab.address("n2")), [*self.beside, 2])
            self.assertEqual(self.call("n2", service, "203.0.113.9"), [Exc(NO_INSTANCE)])

    def test_own_addresses_are_those_that_the_neighbours_use(self):
        self.assertEqual(self.call("n2", "if_getalladdresses", 0), [*self.own, 2])
        self.assertEqual(self.call("n2", "if_getalladdresses", self.own[0]), [self.own[1], 1])
        self.assertEqual(self.call("n2", "if_getalladdresses", "203.0.113.9"), [Exc(NO_INSTANCE)])

    def test_who_came_by_a_link_finds_the_others_by_ingress_and_by_here(self):
        for ingress in ("ingress", "here"):
            for start, on in (("n1", 1), ("n3", 0)):
                text = f'{ingress}\ncalls "if_getallneighbours"\n'
                self.assertEqual(self.at("n2", text, start), [self.beside[on], 1], (ingress, start))
                text = f'{ingress}\ncalls "if_getnexthop"\n'
                self.assertEqual(self.at("n2", text, start), [self.beside[on]], (ingress, start))

    def test_next_hops_go_round_and_a_dead_end_leads_back(self):
        indexes = [index for index, _ in self.links("n2")]
        for service in ("if_getnexthop", "snmp_getnexthop"):
            self.assertEqual(self.call("n2", service, 0), [self.beside[0]])
            self.assertEqual(self.call("n2", service, indexes[0]), [self.beside[1]])
            self.assertEqual(self.call("n2", service, indexes[1]), [self.beside[0]])
            self.assertEqual(self.at("n3", f'ingress\ncalls "{service}"\n', "n2"), [self.own[1]])

    def test_splash_run_prints_what_a_service_gives(self):
        answer = self.lab.run_text(f'forw\ningress\ncalls "if_getnexthop"\n{HOME}', "n2")
        self.assertIn(self.beside[1], str(answer))

    def test_interfaces_are_counted_and_named_as_the_kernel_has_them(self):
        every = self.lab.inside("n2", "ip", "-o", "link").stdout.splitlines()
        self.assertEqual(self.call("n2", "if_getcount"), [len(every)])
        for index, name in self.links("n2"):
            self.assertEqual(self.call("n2", "if_getname", index), [name.encode()])
            self.assertEqual(self.call("n2", "if_getup", f'"{name}"'), [1])
        self.assertEqual(self.call("n2", "if_getname", 4711), [Exc(NO_INSTANCE)])
        self.assertEqual(self.call("n2", "if_getup", '"e4711"'), [Exc(NO_INSTANCE)])

    def test_routes_are_read_set_replaced_and_deleted(self):
        index = self.links("n2")
        self.assertEqual(self.call("n2", "route_get", self.lab.address("n1")), [self.beside[0], index[0][0]])
        self.assertEqual(self.call("n2", "route_get", self.beside[1]), [self.beside[1], index[1][0]])
        self.assertEqual(self.call("n2", "route_get", "198.18.7.7"), [Exc(NO_ROUTE)] * 2)
        get = 'push 198.18.7.7\ncalls "route_get"\n'
        for by in (0, 1):
            text = f'push 198.18.0.0\npush 15\npush {self.beside[by]}\ncalls "route_add"\n{get}'
            self.assertEqual(self.at("n2", text), [1, self.beside[by], index[by][0]])
        shown = self.lab.inside("n2", "ip", "route", "show", "198.18.0.0/15").stdout
        self.assertEqual(shown.split()[:3], ["198.18.0.0/15", "via", self.beside[1]])
        self.assertEqual(self.at("n2", f'push 198.18.0.0\npush 15\ncalls "route_del"\n{get}'),
                         [1, Exc(NO_ROUTE), Exc(NO_ROUTE)])
        self.assertEqual(self.call("n2", "route_del", "198.18.0.0", 15), [Exc(NO_ROUTE)])
        self.assertEqual(self.call("n2", "route_add", "198.18.0.1", 15, self.beside[0]), [Exc(OUT_OF_RANGE)])

    def test_the_kernels_reason_is_in_the_log(self):
        self.assertEqual(self.call("n2", "route_add", "198.18.0.0", 15, "203.0.113.1"), [Exc(FAILED)])
        self.assertIn("Nexthop has invalid gateway", self.lab.log("n2"))

    def test_forwarding_is_switched(self):
        self.addCleanup(self.lab.inside, "n3", "sysctl", "-qw", "net.ipv4.ip_forward=1")
        text = 'calls "proc_getipforward"\npush 0\ncalls "proc_setipforward"\ncalls "proc_getipforward"\n'
        self.assertEqual(self.at("n3", text, "n1"), [1, 1, 0])
        self.assertEqual(self.lab.inside("n3", "sysctl", "-n", "net.ipv4.ip_forward").stdout, "0\n")
        self.assertEqual(self.call("n3", "proc_setipforward", 2), [Exc(OUT_OF_RANGE)])

    def test_kernel_parameters_are_those_that_the_settings_list(self):
        ttl, filters = '"net.ipv4.ip_default_ttl"', '"net.ipv4.conf.lo.rp_filter"'
        self.assertEqual(self.call("n3", "proc_get", ttl), [Exc(NOT_PERMITTED)])
        self.addCleanup(self.lab.inside, "n3", "sysctl", "-qw", "net.ipv4.ip_default_ttl=255")  # as labs have it
        old = (self.lab.directory("n3") / "splash.toml").read_text()
        self.addCleanup(self.lab.configure, "n3", lambda _: old)
        self.lab.configure("n3", lambda text: f'{text}\n[sysctl]\nread = ["net.ipv4.conf.*.rp_filter"]\n'
                                              f'write = [{ttl}]\n')
        self.assertEqual(self.call("n3", "proc_get", ttl, start="n1"), [b"255"])
        self.assertEqual(self.call("n3", "proc_set", ttl, 65, start="n1"), [1])
        self.assertEqual(self.call("n3", "proc_get", ttl), [b"65"])
        self.assertEqual(self.call("n3", "proc_set", ttl, '"64"'), [1])
        self.assertEqual(self.lab.inside("n3", "sysctl", "-n", "net.ipv4.ip_default_ttl").stdout, "64\n")
        self.assertEqual(self.call("n3", "proc_set", ttl, '"many"'), [Exc(FAILED)])
        there = self.lab.inside("n3", "sysctl", "-n", "net.ipv4.conf.lo.rp_filter").stdout.strip()
        self.assertEqual(self.call("n3", "proc_get", filters), [there.encode()])
        self.assertEqual(self.call("n3", "proc_set", filters, 1), [Exc(NOT_PERMITTED)])
        for name in ("net.ipv4.ip_forward", "kernel.hostname", "net/ipv4/ip_default_ttl",
                     "net.ipv4.conf.../../ip_default_ttl.rp_filter"):
            self.assertEqual(self.call("n3", "proc_get", f'"{name}"'), [Exc(NOT_PERMITTED)], name)

    def test_changes_need_the_right_to_configure(self):
        old = (self.lab.directory("n3") / "splash.toml").read_text()
        self.addCleanup(self.lab.configure, "n3", lambda _: old)
        self.lab.configure("n3", lambda text: text.replace(', "configure"', ""))
        name = self.links("n3")[0][1]
        for start in ("n3", "n1"):
            for service, arguments in (("if_setup", [f'"{name}"', 0]), ("proc_setipforward", [0]),
                                       ("route_add", ["198.18.0.0", 15, self.own[1]]),
                                       ("route_del", [self.lab.address("n1"), 32]),
                                       ("proc_set", ['"net.ipv4.ip_default_ttl"', 1])):
                self.assertEqual(self.call("n3", service, *arguments, start=start), [Exc(NOT_PERMITTED)], service)
            self.assertEqual(self.call("n3", "if_getup", f'"{name}"', start=start), [1])
        self.assertNotIn(" sets ", self.lab.log("n3").rpartition("Reconfiguring daemon")[2])


class Links(RouterTest):
    """Routes go with a link and do not come back: programs start at the node itself."""

    def test_an_interface_set_down_is_down_at_once_and_has_no_neighbours(self):
        name = self.links("n2")[1][1]
        self.addCleanup(self.lab.inside, "n2", "ip", "link", "set", name, "up")
        text = (f'push "{name}"\npush 0\ncalls "if_setup"\npush "{name}"\ncalls "if_getup"\n'
                'push 0\ncalls "if_getallneighbours"\n')
        self.assertEqual(self.at("n2", text), [1, 0, self.beside[0], 1])
        self.assertIn("state DOWN", self.lab.inside("n2", "ip", "-o", "link", "show", name).stdout)
        self.assertIn(f"local sets interface {name} down", self.lab.log("n2"))
        text = f'push "{name}"\npush 1\ncalls "if_setup"\npush "{name}"\ncalls "if_getup"\n'
        self.assertEqual(self.at("n2", text), [1, 1])
        wait_until(lambda: self.call("n2", "if_getallneighbours", 0) == [*self.beside, 2],
                   "the link is there again")

    def test_the_other_end_of_a_link_that_goes_down_is_no_neighbour_any_more(self):
        name = self.links("n3")[0][1]
        self.addCleanup(self.lab.inside, "n3", "ip", "link", "set", name, "up")
        self.lab.inside("n3", "ip", "link", "set", name, "down")
        wait_until(lambda: self.call("n2", "if_getallneighbours", 0) == [self.beside[0], 1],
                   "n2 sees that the link to n3 has no carrier")


class Dictionary(ServicesTest):
    topology = "line2"

    def test_what_one_packet_leaves_another_finds(self):
        self.assertEqual(self.call("n2", "memmap_addint", '"errors"', 41, start="n1"), [1])
        text = ('push "errors"\npush "errors"\ncalls "memmap_getint"\naddi 1\ncalls "memmap_addint"\n'
                'push "errors"\ncalls "memmap_getint"\n')
        self.assertEqual(self.at("n2", text, "n1"), [1, 42])
        self.assertEqual(self.call("n2", "memmap_addstring", '"who"', '"n1"', start="n1"), [1])
        self.assertEqual(self.call("n2", "memmap_getint", '"who"', start="n1"), [Exc(WRONG_TYPE)])
        self.assertEqual(self.call("n2", "memmap_getstring", '"who"'), [Exc(NO_INSTANCE)], "another principal's")
        self.assertEqual(self.call("n2", "memmap_del", '"who"', start="n1"), [1])
        self.assertEqual(self.call("n2", "memmap_getstring", '"who"', start="n1"), [Exc(NO_INSTANCE)])

    def test_it_survives_a_reload_and_its_entries_end_in_time(self):
        self.assertEqual(self.call("n1", "memmap_addint", '"x"', 1), [1])
        old = (self.lab.directory("n1") / "splash.toml").read_text()
        self.addCleanup(self.lab.configure, "n1", lambda _: old)
        self.lab.reload("n1")
        self.assertEqual(self.call("n1", "memmap_getint", '"x"'), [1])
        self.lab.configure("n1", lambda text: text + "\n[dictionary]\ntime_to_live_s = 1\n")
        wait_until(lambda: self.call("n1", "memmap_getint", '"x"') == [Exc(NO_INSTANCE)], "the entry ends")

    def test_quotas_bound_what_is_kept(self):
        old = (self.lab.directory("n2") / "splash.toml").read_text()
        self.addCleanup(self.lab.configure, "n2", lambda _: old)
        self.lab.configure("n2", lambda text: text + "\n[dictionary]\nentries_per_principal = 3\n"
                                                     "octets_per_principal = 100\ntime_to_live_s = 600\n")
        refused = self.lab.counters("n2").get("dictionary_refused", 0)
        text = "".join(f'push "q{i}"\npush {i}\ncalls "memmap_addint"\n' for i in range(5))
        self.assertEqual(self.at("n2", text), [1, 1, 1, Exc(QUOTA), Exc(QUOTA)])
        self.assertEqual(self.call("n2", "memmap_addstring", '"q0"', f'"{"x" * 100}"'), [Exc(QUOTA)])
        self.assertEqual(self.call("n2", "memmap_getint", '"q0"'), [0], "what was refused changed nothing")
        self.assertEqual(self.lab.counters("n2")["dictionary_refused"], refused + 3)
        self.assertEqual(self.call("n2", "memmap_addint", '"q3"', 3, start="n1"), [1], "another principal's room")
        self.assertEqual(self.at("n2", "".join(f'push "q{i}"\ncalls "memmap_del"\n' for i in range(3))), [1, 1, 1])


if __name__ == "__main__":
    unittest.main()
