#include "progress.hpp"

#include <unistd.h>

#include <ostream>

namespace splash::cli {
namespace {

constexpr const char* kClearLine = "\r\x1b[K";

}  // namespace

Progress::Progress(std::ostream& err, bool is_wanted)
    : err_(err), is_terminal_(isatty(STDERR_FILENO) == 1), is_wanted_(is_wanted) {}

Progress::~Progress() {
    if (is_terminal_ && !last_.empty()) {
        err_ << kClearLine << std::flush;
    }
}

void Progress::tell(const std::string& text) {
    if (text == last_ || (!is_terminal_ && !is_wanted_)) {
        return;
    }
    last_ = text;
    if (is_terminal_) {
        err_ << kClearLine << text << std::flush;
    } else {
        err_ << text << std::endl;
    }
}

}  // namespace splash::cli
