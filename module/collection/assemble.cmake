# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -D SOURCE=repository -D TREE=where -D EXECUTABLE=dockhost -D BILL=sbom.json -D MACHINE=x86_64
#   -P assemble.cmake
# Puts together what Ansible reads: the collection's own files, role, playbooks, the executable with its checksum and its
# bill of materials, and what the executable prints of itself: its documentation, the controls, the schema of its results.
# The tree is complete or the old one.
cmake_minimum_required(VERSION 3.25)

function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

set(new ${TREE}.new)
file(REMOVE_RECURSE ${new})
cmake_path(GET TREE PARENT_PATH parent)
file(MAKE_DIRECTORY ${parent})
# cp, because copy_directory makes files of the symbolic links between the action plugins.
run(cp --archive ${SOURCE}/module/collection ${new})
file(REMOVE ${new}/assemble.cmake ${new}/archive.cmake)
file(MAKE_DIRECTORY ${new}/playbooks ${new}/payload ${new}/plugins/modules)
run(cp --archive ${SOURCE}/roles ${SOURCE}/LICENSE ${new})
run(cp --archive ${SOURCE}/playbooks/harden.yml ${SOURCE}/playbooks/compliance.yml ${new}/playbooks)

run(cp ${EXECUTABLE} ${new}/payload/dockhost-${MACHINE})
file(SHA256 ${EXECUTABLE} digest)
file(WRITE ${new}/payload/SHA256SUMS "${digest}  dockhost-${MACHINE}\n")

# The bill's time is the commit's, so that the same commit has the same bill whenever it is built; outside a repository
# it has none.
file(READ ${BILL} bill)
execute_process(COMMAND ${CMAKE_COMMAND} -E env TZ=UTC0 git -C ${SOURCE} log -1
  --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd
  OUTPUT_VARIABLE time OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(time)
  string(JSON bill SET "${bill}" metadata timestamp "\"${time}\"")
endif()
string(JSON bill SET "${bill}" metadata component hashes "[{\"alg\": \"SHA-256\", \"content\": \"${digest}\"}]")
file(WRITE ${new}/payload/dockhost-${MACHINE}.cdx.json "${bill}\n")

execute_process(COMMAND ${EXECUTABLE} list --controls --json OUTPUT_FILE ${new}/payload/catalogue.json
  COMMAND_ERROR_IS_FATAL ANY)

execute_process(COMMAND ${EXECUTABLE} list --schema OUTPUT_FILE ${new}/payload/result.schema.json
  COMMAND_ERROR_IS_FATAL ANY)

execute_process(COMMAND ${EXECUTABLE} list --names OUTPUT_VARIABLE names OUTPUT_STRIP_TRAILING_WHITESPACE
  COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "\n" ";" names "${names}")
foreach(name IN LISTS names)
  execute_process(COMMAND ${EXECUTABLE} doc --stub ${name} OUTPUT_FILE ${new}/plugins/modules/${name}.py
    COMMAND_ERROR_IS_FATAL ANY)
endforeach()

file(REMOVE_RECURSE ${TREE})
file(RENAME ${new} ${TREE})
