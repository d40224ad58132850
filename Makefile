# Thin: every target is one script. Binaries land in build/bin.
.PHONY: help build demo test deb bench-overload bench-functionality clean

help:
	@echo "make build   install what is missing (Debian 12) and build; binaries in build/bin"
	@echo "make demo    build, bring up 20 nodes in network namespaces, give the tour, take all down (root)"
	@echo "make test    build with sanitizers and run every test; ends with PASS or FAIL (root)"
	@echo "make bench-overload   flood a node with 100 000 bad packets a second for a minute, asking it by SNMP meanwhile (root)"
	@echo "make bench-functionality   what programs save beside SNMP, measured in two labs; writes docs/functionality.md (root)"
	@echo "make deb     Debian packages of the daemon and the command, in build/deb"
	@echo "make clean   remove build/"
	@echo "tools/check.sh does all of make test and more: both compilers, static analysis, docs"

build:
	@tools/setup.sh build
	@tools/build.sh release

demo:
	@tools/demo.sh

test:
	@tools/test.sh

bench-overload: build
	@tools/build.sh release --target splash_flood
	@tests/stress/overload.py --json build/overload.json --svg build/overload.svg

bench-functionality: build
	@tools/build.sh release --target snmp_station
	@bench/functionality.py

deb:
	@tools/setup.sh deb
	@tools/deb.sh

clean:
	rm -rf build
