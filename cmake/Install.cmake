# What `cmake --install` puts where; manual pages and completion are generated into build/man.
include(GNUInstallDirs)
find_package(Python3 REQUIRED COMPONENTS Interpreter)

set(manual ${PROJECT_BINARY_DIR}/man)
set(pages splash.1 splashd.8 splash.toml.5 splash.bash)
list(TRANSFORM pages PREPEND ${manual}/ OUTPUT_VARIABLE manual_files)
file(GLOB manual_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/spec/*.def ${PROJECT_SOURCE_DIR}/docs/man/*.md)
add_custom_command(
    OUTPUT ${manual_files}
    COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/tools/gen_man.py ${manual}
    DEPENDS ${manual_sources} ${PROJECT_SOURCE_DIR}/docs/splash.toml.md ${PROJECT_SOURCE_DIR}/tools/gen_man.py
            ${PROJECT_SOURCE_DIR}/tools/roff.py ${PROJECT_SOURCE_DIR}/tools/completion.py
            ${PROJECT_SOURCE_DIR}/tools/tables.py
    VERBATIM)
add_custom_target(manual ALL DEPENDS ${manual_files})

install(TARGETS splash RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS splashd RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
install(FILES ${manual}/splash.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${manual}/splash.toml.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES ${manual}/splashd.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
install(FILES ${manual}/splash.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME splash)
install(DIRECTORY programs/ DESTINATION ${CMAKE_INSTALL_DATADIR}/splash/programs FILES_MATCHING PATTERN "*.snap")
# What plug-ins are written against; they link nothing of ours.
install(DIRECTORY src/plugins/include/splash DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES wireshark/snap.lua DESTINATION ${CMAKE_INSTALL_DATADIR}/splash/wireshark)
# Where net-snmp's tools look.
install(DIRECTORY spec/mibs/ DESTINATION ${CMAKE_INSTALL_DATADIR}/snmp/mibs FILES_MATCHING PATTERN "*-MIB.txt")
