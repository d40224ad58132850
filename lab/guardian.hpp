// A process that outlives the builder of a lab and removes the lab when the builder, or later its
// owner, ends without a word.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "descriptor.hpp"
#include "lab_lock.hpp"
#include "process.hpp"

namespace splash::lab {

class Guardian {
public:
    /// Starts it; it shares the lock until the lab is complete. `owner` 0: none.
    /// @error NotFound  there is no process of the owner's number.
    [[nodiscard]] static Result<Guardian> start(std::string_view lab, pid_t owner, const LabLock& lock);

    [[nodiscard]] const ProcessId& id() const { return id_; }
    /// The lab is complete: from now on it waits for the owner's end, or is gone when this returns.
    /// @error System  the guardian was killed.
    [[nodiscard]] Result<> commit();
    /// The lab was taken down: the guardian is gone when this returns.
    void dismiss();

private:
    Guardian(Descriptor line, ProcessId id) : line_(std::move(line)), id_(id) {}
    [[nodiscard]] bool say(char word);

    Descriptor line_;  // closed by our death
    ProcessId id_;
};

}  // namespace splash::lab
