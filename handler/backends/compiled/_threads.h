/* Share the rows of a sweep among threads. */

#include <pthread.h>

#pragma weak pthread_create /* part of the interpreter: linked, older C libraries would open a file of their own at a start */
#pragma weak pthread_join

#define MOST_THREADS 8
#ifndef SHARE
#define SHARE (1 << 24) /* tests of rows that are worth a thread: it takes a tenth of their time to start */
#endif

typedef struct {
    const Trees *trees;
    const Columns *columns;
    Py_ssize_t begin, end;
    double *totals;
    Py_ssize_t output_width;
    char *room;
} Part;

static void *sweep_part(void *given)
{
    const Part *part = given;
    sweep_all(part->trees, part->columns, part->begin, part->end, part->totals, part->output_width, part->room);
    return NULL;
}

/* How many of the allowed threads are worth it. */
static int plan_threads(const Trees *trees, Py_ssize_t count, int allowed)
{
    Py_ssize_t worth = count * trees->ranks->test_starts[trees->tree_count] / SHARE;
    Py_ssize_t most = allowed < MOST_THREADS ? allowed : MOST_THREADS;
    return (int)(worth < 1 || most < 1 ? 1 : worth < most ? worth : most);
}

/* Add up all trees for rows of columns, in some threads; `room` is enough for each of them. */
static void sweep_shared(const Trees *trees, const Columns *columns, Py_ssize_t count, double *totals,
                         Py_ssize_t output_width, int threads, char *room)
{
    Part parts[MOST_THREADS];
    pthread_t started[MOST_THREADS];
    bool running[MOST_THREADS] = {false};
    Py_ssize_t size = (count / threads + SWEPT) / SWEPT * SWEPT;
    for (int index = threads - 1; index >= 0; index--) {
        Py_ssize_t begin = index * size < count ? index * size : count, end = begin + size < count ? begin + size : count;
        parts[index] = (Part){trees, columns, begin, end, totals, output_width, room + (size_t)index * room_of(trees->ranks)};
        running[index] = index && begin < end && pthread_create && !pthread_create(&started[index], NULL, sweep_part, &parts[index]);
        if (!running[index])
            sweep_part(&parts[index]);
    }
    for (int index = 1; index < threads; index++)
        if (running[index])
            pthread_join(started[index], NULL);
}
