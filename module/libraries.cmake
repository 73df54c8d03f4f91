# SPDX-License-Identifier: GPL-3.0-or-later
# What the executable is linked from. Each library is found by a file of it, and its version is that of the Debian package
# that owns the file, because security notices are about packages. Sets
#   linked_libraries  "name version, name version", which `dockhost --version` prints
# and writes sbom.json, a CycloneDX bill of materials that assemble.cmake completes.
cmake_minimum_required(VERSION 3.25)

# In: a file of the package. Out: `package`, `package_version` and `package_architecture`; empty where dpkg does not know.
function(find_package_of file)
  file(REAL_PATH "${file}" file)
  execute_process(COMMAND dpkg-query --search "${file}" OUTPUT_VARIABLE found ERROR_QUIET RESULT_VARIABLE failed)
  set(told ";;")
  if(NOT failed AND found MATCHES "^([^ ,]+): ")
    execute_process(COMMAND dpkg-query --show --showformat "\${Package};\${Version};\${Architecture}" "${CMAKE_MATCH_1}"
      OUTPUT_VARIABLE told ERROR_QUIET)
  endif()
  list(GET told 0 name)
  list(GET told 1 version)
  list(GET told 2 architecture)
  set(package "${name}" PARENT_SCOPE)
  set(package_version "${version}" PARENT_SCOPE)
  set(package_architecture "${architecture}" PARENT_SCOPE)
endfunction()

# In: a library's name, its licence as SPDX has it, and a file of it.
function(add_library_to_bill name licence file)
  find_package_of("${file}")
  set(component "{}")
  if(package)
    cmake_host_system_information(RESULT system QUERY DISTRIB_ID)
    string(REPLACE "+" "%2B" purl "pkg:deb/${system}/${package}@${package_version}?arch=${package_architecture}")
    string(JSON component SET "${component}" purl "\"${purl}\"")
  else()
    set(package_version unknown)
  endif()
  string(JSON component SET "${component}" type "\"library\"")
  string(JSON component SET "${component}" bom-ref "\"${name}\"")
  string(JSON component SET "${component}" name "\"${name}\"")
  string(JSON component SET "${component}" version "\"${package_version}\"")
  string(JSON component SET "${component}" licenses "[{\"expression\": \"${licence}\"}]")
  string(JSON count LENGTH "${bill}" components)
  string(JSON bill SET "${bill}" components ${count} "${component}")
  string(JSON bill SET "${bill}" dependencies 0 dependsOn ${count} "\"${name}\"")
  set(bill "${bill}" PARENT_SCOPE)
  list(APPEND linked_libraries "${name} ${package_version}")
  set(linked_libraries "${linked_libraries}" PARENT_SCOPE)
  # Another version of the package is another bill.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
endfunction()

# In: a library of the compiler or of libc. Out: its file, as the linker finds it.
function(archive_of library result)
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=${library} OUTPUT_VARIABLE file
    OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  set(${result} "${file}" PARENT_SCOPE)
endfunction()

find_path(json_headers nlohmann/json.hpp REQUIRED)
archive_of(libboost_filesystem.a boost)
archive_of(libmd.a md)
archive_of(libstdc++.a stdcxx)
archive_of(libgcc.a gcc)
archive_of(libc.a libc)

set(linked_libraries)
set(bill [[{"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "metadata": {"component":
  {"type": "application", "bom-ref": "dockhost", "name": "dockhost", "licenses": [{"expression": "GPL-3.0-or-later"}]}},
  "components": [], "dependencies": [{"ref": "dockhost", "dependsOn": []}]}]])
string(JSON bill SET "${bill}" metadata component version "\"${PROJECT_VERSION}\"")
add_library_to_bill(nlohmann_json MIT "${json_headers}/nlohmann/json.hpp")
add_library_to_bill(boost BSL-1.0 "${boost}")
add_library_to_bill(libmd "BSD-3-Clause AND BSD-2-Clause AND ISC AND Beerware" "${md}")
add_library_to_bill(libstdc++ "GPL-3.0-or-later WITH GCC-exception-3.1" "${stdcxx}")
add_library_to_bill(libgcc "GPL-3.0-or-later WITH GCC-exception-3.1" "${gcc}")
add_library_to_bill(glibc LGPL-2.1-or-later "${libc}")
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/sbom.json CONTENT "${bill}\n" @ONLY)
string(REPLACE ";" ", " linked_libraries "${linked_libraries}")
