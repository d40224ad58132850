# Thin: every target is one script. Binaries land in build/bin.
.PHONY: help build demo test clean

help:
	@echo "make build   install what is missing (Debian 12) and build; binaries in build/bin"
	@echo "make demo    build, bring up 20 nodes in network namespaces, give the tour, take all down (root)"
	@echo "make test    build with sanitizers and run every test; ends with PASS or FAIL (root)"
	@echo "make clean   remove build/"
	@echo "tools/check.sh does all of make test and more: both compilers, static analysis, docs"

build:
	@tools/setup.sh build
	@tools/build.sh release

demo:
	@tools/demo.sh

test:
	@tools/test.sh

clean:
	rm -rf build
