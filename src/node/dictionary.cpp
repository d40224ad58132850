#include "dictionary.hpp"

#include <utility>

#include "base/assert.hpp"

namespace splash::node {

std::size_t Dictionary::size_of(std::string_view name, const Value& value) {
    const auto* text = std::get_if<std::string>(&value);
    return name.size() + (text != nullptr ? text->size() : sizeof(std::int64_t));
}

bool Dictionary::has_room(const Holding* holding, bool is_new, std::size_t more) const {
    const std::size_t own_entries = holding == nullptr ? 0 : holding->by_name.size();
    const std::size_t own_octets = holding == nullptr ? 0 : holding->octets;
    const bool has_entry =
        !is_new || (own_entries < limits_.entries_per_principal && by_age_.size() < limits_.entries);
    return has_entry && own_octets + more <= limits_.octets_per_principal && octets_ + more <= limits_.octets;
}

std::optional<Dictionary::ByAge::iterator> Dictionary::look_up(std::string_view principal,
                                                               std::string_view name) {
    const auto holding = holdings_.find(principal);
    if (holding == holdings_.end()) {
        return std::nullopt;
    }
    const auto found = holding->second.by_name.find(name);
    return found == holding->second.by_name.end() ? std::nullopt : std::optional(found->second);
}

bool Dictionary::put(std::string_view principal, std::string_view name, Value value, Instant now) {
    SPLASH_ASSERT(name.size() <= kMaxNameOctets, "the service refuses longer names");
    expire(now);
    const std::size_t size = size_of(name, value);
    if (const auto known = look_up(principal, name)) {
        Entry& entry = **known;
        Holding& holding = holdings_.find(principal)->second;
        const std::size_t old = size_of(name, entry.value);
        if (size > old && !has_room(&holding, false, size - old)) {
            return false;
        }
        holding.octets += size - old;  // unsigned: also where it is less
        octets_ += size - old;
        entry.value = std::move(value);
        entry.written = now;
        by_age_.splice(by_age_.end(), by_age_, *known);
        return true;
    }
    const auto known_holding = holdings_.find(principal);
    if (!has_room(known_holding == holdings_.end() ? nullptr : &known_holding->second, true, size)) {
        return false;
    }
    Holding& holding = holdings_[std::string(principal)];
    const auto entry =
        by_age_.insert(by_age_.end(), {std::string(principal), std::string(name), std::move(value), now});
    holding.by_name.emplace(entry->name, entry);
    holding.octets += size;
    octets_ += size;
    return true;
}

const Dictionary::Value* Dictionary::find(std::string_view principal, std::string_view name, Instant now) {
    expire(now);
    const auto known = look_up(principal, name);
    return known ? &(*known)->value : nullptr;
}

bool Dictionary::erase(std::string_view principal, std::string_view name, Instant now) {
    expire(now);
    const auto known = look_up(principal, name);
    if (known) {
        remove(*known);
    }
    return known.has_value();
}

void Dictionary::remove(ByAge::iterator entry) {
    const auto holding = holdings_.find(entry->principal);
    const std::size_t size = size_of(entry->name, entry->value);
    octets_ -= size;
    holding->second.octets -= size;
    holding->second.by_name.erase(entry->name);
    if (holding->second.by_name.empty()) {
        holdings_.erase(holding);
    }
    by_age_.erase(entry);
}

void Dictionary::expire(Instant now) {
    while (!by_age_.empty() && by_age_.front().written + limits_.time_to_live <= now) {
        remove(by_age_.begin());
    }
}

std::optional<Instant> Dictionary::next_expiry() const {
    return by_age_.empty() ? std::nullopt : std::optional(by_age_.front().written + limits_.time_to_live);
}

}  // namespace splash::node
