// SPDX-License-Identifier: GPL-3.0-or-later
#include "modules.hpp"

#include <algorithm>

#include "baseline/docker_host.hpp"
#include "resources/audit_rules.hpp"
#include "resources/daemon_json.hpp"
#include "resources/docker_data.hpp"
#include "resources/lvm_volume.hpp"
#include "resources/mount.hpp"

namespace dockhost {

const std::vector<Resource>& all_modules() {
  static const std::vector<Resource> modules = {audit_rules_resource(), daemon_json_resource(), docker_data_resource(),
                                                docker_host_resource(), lvm_volume_resource(),  mount_resource()};
  return modules;
}

const Resource* find_module(const std::string& name) {
  const auto& all = all_modules();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Resource& resource) { return resource.spec.name == name; });
  return found == all.end() ? nullptr : &*found;
}

const Resource& module_named(const std::string& name) {
  if (const Resource* const found = find_module(name)) return *found;
  Strings names;
  for (const Resource& resource : all_modules()) names.push_back(resource.spec.name);
  throw Error("there is no module " + quote(name) + "; there are " + sentence_list(names));
}

}  // namespace dockhost
