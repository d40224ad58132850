/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A plug-in to begin with: copy it, rename it, keep what you need. Built and called by the tests.
 *
 *   cc -std=c99 -shared -fPIC -o snap_svc_template.so snap_svc_template.c
 *
 * It has state, which init makes and fini ends, and a service whose results are in a form of the plug-in's own, so
 * it writes all five functions. A plug-in without both is shorter: see snap_svc_loadavg.c.
 */
#include <splash/service.h>
#include <stdio.h>
#include <stdlib.h>

struct state {
    int64_t base;
};

/* template_add   i -> i   what is added to the state; the state does not change */
static void add(void *handle, struct splash_call *call) {
    const struct state *state = handle;
    int64_t value = 0;
    splash_get_int(call, 0, &value); /* cannot fail: the daemon has checked the arguments */
    if (value > INT64_MAX - state->base) {
        splash_fail(call, SPLASH_EXC_OUT_OF_RANGE);
        return;
    }
    splash_give_int(call, state->base + value);
}

/* template_divisors   i -> i#   all divisors, the largest last: a dataset */
struct divisors {
    int64_t of;
    int64_t next;
};
static void divisors(void *handle, struct splash_call *call) {
    struct divisors *dataset = NULL;
    int64_t value = 0;
    (void)handle;
    splash_get_int(call, 0, &value);
    if (value < 1 || value > 1000000) {
        splash_fail(call, SPLASH_EXC_OUT_OF_RANGE);
        return;
    }
    dataset = malloc(sizeof *dataset);
    if (dataset == NULL) {
        splash_fail(call, SPLASH_EXC_SERVICE_FAILED);
        return;
    }
    dataset->of = value;
    dataset->next = 1;
    splash_give_dataset(call, dataset);
}

static const struct splash_service services[] = {
    {sizeof services[0], "template_add", "i", "i", 4, SPLASH_RIGHT_NONE, 0, "the plug-in's number and the argument", add},
    {sizeof services[0], "template_divisors", "i", "i#", 64, SPLASH_RIGHT_NONE, SPLASH_MAY_BLOCK,
     "the divisors of a number up to a million", divisors},
};
enum { SERVICE_COUNT = sizeof services / sizeof services[0] };

SPLASH_EXPORT const struct splash_service_abi snap_svc_abi = SPLASH_SERVICE_ABI_OF_THIS_HEADER;

void *snap_svc_init(char *why, size_t size) {
    struct state *state = malloc(sizeof *state);
    if (state == NULL) {
        snprintf(why, size, "no memory for the state");
        return NULL;
    }
    state->base = 1000;
    return state;
}

const struct splash_service *snap_svc_next_function(void *handle, const struct splash_service *previous) {
    const struct splash_service *next = previous == NULL ? services : previous + 1;
    (void)handle;
    return next == services + SERVICE_COUNT ? NULL : next;
}

int snap_svc_last_result(void *handle, void *dataset, struct splash_call *call) {
    struct divisors *left = dataset;
    (void)handle;
    while (left->next <= left->of && left->of % left->next != 0) {
        ++left->next;
    }
    return left->next <= left->of && splash_give_int(call, left->next++);
}

void snap_svc_free_result(void *handle, void *dataset) {
    (void)handle;
    free(dataset);
}

void snap_svc_fini(void *handle) {
    free(handle);
}
