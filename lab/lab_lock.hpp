// One builder or remover a lab name at a time, across processes.
#pragma once

#include <string_view>

#include "base/error.hpp"
#include "descriptor.hpp"

namespace splash::lab {

/// Held until destroyed, or until every process that inherited the descriptor has ended.
class LabLock {
public:
    /// @error AlreadyRunning  another process kept it for 10 s.
    [[nodiscard]] static Result<LabLock> take(std::string_view lab);
    /// True if nobody has the lock now.
    [[nodiscard]] static bool is_free(std::string_view lab);

    [[nodiscard]] int fd() const { return file_.get(); }
    void release() { file_.reset(); }

private:
    explicit LabLock(Descriptor file) : file_(std::move(file)) {}
    Descriptor file_;
};

/// Removes the lock's file; the caller holds the lock.
void remove_lock_file(std::string_view lab);

}  // namespace splash::lab
