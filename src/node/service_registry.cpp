#include "node/service_registry.hpp"

#include <string>

namespace splash::node {
namespace {

constexpr std::string_view kTypes = "iasofnl*";

bool is_signature(const Service& service) {
    std::string_view results = service.results;
    if (vm::gives_list(service)) {
        results.remove_suffix(1);
        if (results.size() != 1) {
            return false;
        }
    }
    const auto are_types = [](std::string_view letters) {
        return letters.find_first_not_of(kTypes) == std::string_view::npos;
    };
    return !service.name.empty() && are_types(service.arguments) && are_types(results);
}

}  // namespace

Result<> ServiceRegistry::add(ServiceSet& set) {
    std::unordered_map<std::uint32_t, std::string_view> taken;
    for (const Entry& entry : entries_) {
        taken.emplace(entry.id(), entry.name);
    }
    for (const Service& service : set.services()) {
        if (!is_signature(service)) {
            return fail(Errc::BadInput, "service " + std::string(service.name) + ": \"" +
                                            std::string(service.arguments) + "\" -> \"" +
                                            std::string(service.results) +
                                            "\" is no signature: its letters are " + std::string(kTypes) +
                                            ", and * and # as docs/services.md says");
        }
        const auto [at, is_new] = taken.emplace(service.id(), service.name);
        if (!is_new) {
            return fail(Errc::AlreadyExists, "service " + std::string(service.name) +
                                                 (at->second == service.name ? " is there already"
                                                                             : " has the same number as " +
                                                                                   std::string(at->second)));
        }
    }
    for (const Service& service : set.services()) {
        entries_.push_back({service, &set, entries_.size()});
        by_id_.emplace(service.id(), &entries_.back());
    }
    return {};
}

const ServiceRegistry::Entry* ServiceRegistry::find(std::uint32_t id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
}

}  // namespace splash::node
