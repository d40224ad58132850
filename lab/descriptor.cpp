#include "descriptor.hpp"

#include <unistd.h>

namespace splash::lab {

void Descriptor::reset() {
    if (is_open()) {
        close(std::exchange(fd_, -1));
    }
}

}  // namespace splash::lab
