#include "standing_lab.hpp"

#include <unistd.h>

#include <string>

#include "lab/lab.hpp"

namespace splash::lab {

Result<StandingLab> StandingLab::take(std::string_view name) {
    // Looked for first: taking a lock makes its file.
    if (const auto lab = find(name); !lab) {
        return Failure(lab.error());
    }
    if (geteuid() != 0) {
        return fail(Errc::NeedsRoot, "changing a lab");
    }
    auto lock = LabLock::take(name);
    if (!lock) {
        return Failure(lock.error());
    }
    auto record = load(name);
    if (!record) {
        if (record.error().code == Errc::NotFound) {
            remove_lock_file(name);
            return fail(Errc::NotFound, "lab " + std::string(name) + ": it was taken down");
        }
        return Failure(record.error());
    }
    if (!record->is_complete) {
        return fail(Errc::NotFound,
                    "lab " + std::string(name) + " as a whole; it was built in part: take it down");
    }
    return StandingLab(std::move(*lock), *std::move(record));
}

}  // namespace splash::lab
