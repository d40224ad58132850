// One call of a plug-in's service: what lies behind struct splash_call. Nothing a plug-in asks for or gives
// by it reaches beyond what is there.
#pragma once

#include <splash/service.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "function.hpp"

namespace splash::plugins {

class ServiceCall : public splash_call {
public:
    static constexpr std::size_t kMaxResults = 4096;  ///< more fill any workspace
    static constexpr std::size_t kMaxOctets =
        std::size_t{64} * 1024;  ///< of all strings and object identifiers together

    /// The arguments must outlive it.
    ServiceCall(std::span<const isa::Value> arguments, node::Instant give_up);
    ServiceCall(const ServiceCall&) = delete;
    ServiceCall& operator=(const ServiceCall&) = delete;

    /// What the plug-in left to be asked for by snap_svc_last_result; nullptr: nothing.
    [[nodiscard]] void* dataset() const { return dataset_; }
    [[nodiscard]] std::size_t result_count() const { return results_.size(); }
    [[nodiscard]] bool has_failed() const { return exception_.has_value() || !complaint_.empty(); }
    /// What came of it, once.
    [[nodiscard]] Outcome take();

private:
    struct Functions;  ///< of splash_call_functions
    int give(isa::Value value, std::size_t octets);
    int refuse(std::string complaint);

    std::span<const isa::Value> arguments_;
    node::Instant give_up_;
    std::vector<isa::Value> results_;
    std::size_t octets_ = 0;
    std::optional<isa::Exc> exception_;
    std::string complaint_;
    void* dataset_ = nullptr;
};

}  // namespace splash::plugins
