# splash_plug_in(<name> SOURCES... [FOLDER folder])  snap_svc_<name>.so, as somebody with the installed headers
# would build it: C99 or C++17, nothing of Splash linked.
function(splash_plug_in name)
    cmake_parse_arguments(ARG "" "FOLDER" "SOURCES" ${ARGN})
    set(target plug_in_${name})
    if(ARG_FOLDER)
        set(target ${ARG_FOLDER}_${name})
    endif()
    add_library(${target} MODULE ${ARG_SOURCES})
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src/plugins/include)
    target_link_libraries(${target} PRIVATE splash_warnings)
    set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME snap_svc_${name} C_STANDARD 99 CXX_STANDARD 17
                          C_EXTENSIONS ON LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/plug-ins/${ARG_FOLDER})
endfunction()
