/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How busy the host is, read from /proc: short enough to run on the daemon's own thread.
 *
 *   cc -std=c99 -shared -fPIC -o snap_svc_loadavg.so snap_svc_loadavg.c
 *
 *   loadavg         -> f f f   load averages of 1, 5 and 15 minutes
 *   uptime_seconds  -> f       since the host was started
 */
#include <splash/service.h>
#include <stdio.h>

static void loadavg(void *handle, struct splash_call *call) {
    double averages[3];
    int found = 0;
    int n = 0;
    FILE *file = fopen("/proc/loadavg", "re");
    (void)handle;
    if (file != NULL) {
        found = fscanf(file, "%lf %lf %lf", &averages[0], &averages[1], &averages[2]);
        fclose(file);
    }
    if (found != 3) {
        splash_fail(call, SPLASH_EXC_SERVICE_FAILED);
        return;
    }
    for (n = 0; n < 3; ++n) {
        splash_give_float(call, averages[n]);
    }
}

static void uptime_seconds(void *handle, struct splash_call *call) {
    double seconds = 0;
    int found = 0;
    FILE *file = fopen("/proc/uptime", "re");
    (void)handle;
    if (file != NULL) {
        found = fscanf(file, "%lf", &seconds);
        fclose(file);
    }
    if (found == 1) {
        splash_give_float(call, seconds);
    } else {
        splash_fail(call, SPLASH_EXC_SERVICE_FAILED);
    }
}

static const struct splash_service services[] = {
    {sizeof services[0], "loadavg", "", "fff", 16, SPLASH_RIGHT_READ, 0, "load averages of 1, 5 and 15 minutes",
     loadavg},
    {sizeof services[0], "uptime_seconds", "", "f", 16, SPLASH_RIGHT_READ, 0, "since the host was started",
     uptime_seconds},
};
SPLASH_SERVICES(services)
