// A lab that is up, held for a change: nobody takes it down meanwhile.
#pragma once

#include <string_view>
#include <utility>

#include "base/error.hpp"
#include "lab_lock.hpp"
#include "record.hpp"

namespace splash::lab {

class StandingLab {
public:
    /// @error NotFound  no such lab, or it was taken down while we waited for it; BadInput not a name;
    /// AlreadyRunning   it is being built, or changed by another process; NeedsRoot.
    [[nodiscard]] static Result<StandingLab> take(std::string_view name);

    /// For save(), after a change.
    [[nodiscard]] Record& record() { return record_; }

private:
    StandingLab(LabLock lock, Record record) : lock_(std::move(lock)), record_(std::move(record)) {}
    LabLock lock_;
    Record record_;
};

}  // namespace splash::lab
