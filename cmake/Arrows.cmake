# Which module may see which: the one home of the layering. cmake/Modules.cmake gives a module's targets
# only the include folders named here; tools/check_arrows.py reads the same lines and checks every #include.
#
# splash_arrows(<module> PURE|ADAPTER|TOOL <modules it may include>...)
#   PURE     touches no clock, file, socket, thread, environment or random source (tools/check_purity.py)
#   ADAPTER  meets the operating system or net-snmp; adapters never include each other
#   TOOL     used by apps only
splash_arrows(base  PURE)
splash_arrows(isa   PURE    base)
splash_arrows(vm    PURE    isa base)
splash_arrows(wire  PURE    isa base)
splash_arrows(asm   PURE    isa base)
splash_arrows(node  PURE    vm wire isa base)
splash_arrows(snmp  ADAPTER node isa base)
splash_arrows(linux ADAPTER node wire isa base)
splash_arrows(control ADAPTER node isa base)
splash_arrows(plugins ADAPTER node isa base)
splash_arrows(lab   TOOL    linux base)
splash_arrows(splashd APP   control plugins snmp linux node wire isa base)
splash_arrows(splash  APP   lab asm snmp linux vm wire isa base)
