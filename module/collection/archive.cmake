# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -D TREE=assembled collection -D OUTPUT=folder -P archive.cmake: OUTPUT/dockhost-hardening-<version>.tar.gz
cmake_minimum_required(VERSION 3.25)
find_program(galaxy ansible-galaxy)
if(NOT galaxy)
  message(FATAL_ERROR "ansible-galaxy is not on PATH: apt-get install ansible-core, or activate a venv that has it")
endif()
execute_process(COMMAND ${galaxy} collection build --force --output-path ${OUTPUT} ${TREE} COMMAND_ERROR_IS_FATAL ANY)
