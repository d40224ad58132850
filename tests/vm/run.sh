#!/bin/sh
# In the machine of tools/test_vm.sh: everything that only this kernel lets run. Exit 0: all passed.
export SPLASH_BIN_DIR="${SPLASH_BIN_DIR:-$PWD/build/bin}" SPLASH_SOURCE_DIR="$PWD" PYTHONPATH=tests/integration
status=0
tests() {
    /usr/bin/python3 -B -m unittest discover -v "$@" || status=1
}
tests -s tests/vm
tests -s tests/integration/network -p test_lab_tools.py -k Impair
lab_test=build/dev/lab/lab_test
if [ -x $lab_test ]; then
    $lab_test --gtest_brief=1 --gtest_filter='*Impaired*:*ChangerIsKilled*' || status=1
else
    echo "run: $lab_test is not built; left out"
fi
exit $status
