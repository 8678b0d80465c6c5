#include "worker/cli/analyze_batch.h"

#include "base/cleanup.h"
#include "worker/cli/analyze_input.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

typedef struct job {
    mg_batch *batch;
    mg_batch_item *item;
} job;

static bool go_on(void *context)
{
    const job *j = context;
    return !atomic_load(&j->batch->stop);
}

static bool tick(void *context, int progress)
{
    const job *j = context;
    pthread_mutex_lock(&j->batch->lock);
    j->item->progress = progress;
    pthread_mutex_unlock(&j->batch->lock);
    return go_on(context);
}

static void analyse(mg_batch *batch, mg_batch_item *item)
{
    job j = {.batch = batch, .item = item};
    mg_autoclose int fd = -1;
    mg_errinfo err = {0};
    mg_analyser_options options = {.config = batch->config,
                                   .profile_json = batch->profile_json,
                                   .excerpt = batch->excerpt,
                                   .reference = batch->reference};
    mg_analyser_outcome *outcome = &item->outcome;
    outcome->err = mg_input_open(item->name, batch->config->limit_bytes, go_on, &j, &fd,
                                 &options.file_bytes, &err);
    if (outcome->err == MG_OK)
        (void)mg_analyser_run(fd, &options, tick, &j, outcome);
    else
        snprintf(outcome->detail, sizeof outcome->detail, "%s",
                 mg_errinfo_text(&err, outcome->err));
}

/* The index of the next file, or `count` when there is nothing more to do. */
static size_t take(mg_batch *batch)
{
    pthread_mutex_lock(&batch->lock);
    while (!atomic_load(&batch->stop) && batch->next < batch->count &&
           batch->next >= batch->printed + batch->window)
        pthread_cond_wait(&batch->room, &batch->lock);
    const size_t index = atomic_load(&batch->stop) ? batch->count : batch->next;
    if (index < batch->count)
        batch->next++;
    pthread_mutex_unlock(&batch->lock);
    return index;
}

static void *work(void *context)
{
    mg_batch *batch = context;
    const uint64_t one = 1;
    for (size_t index; (index = take(batch)) < batch->count;) {
        mg_batch_item *item = &batch->items[index];
        analyse(batch, item);
        pthread_mutex_lock(&batch->lock);
        item->progress = 100;
        item->done = true;
        pthread_mutex_unlock(&batch->lock);
        /* the counter cannot overflow, and a lost wake-up would only cost one tick */
        (void)!write(batch->wake_fd, &one, sizeof one);
    }
    return NULL;
}

static mg_err start_threads(mg_batch *batch, size_t threads, mg_errinfo *err)
{
    int failed = 0;
    while (batch->thread_count < threads && failed == 0) {
        failed = pthread_create(&batch->threads[batch->thread_count], NULL, work, batch);
        if (failed == 0)
            batch->thread_count++;
    }
    /* fewer threads than wanted only take longer */
    if (batch->thread_count == 0)
        return mg_fail(err, MG_E_INTERNAL, failed, "cannot start a thread: %s", strerror(failed));
    return MG_OK;
}

mg_err mg_batch_start(mg_batch *batch, char **names, size_t count, size_t threads, mg_errinfo *err)
{
    batch->count = count;
    batch->window = 4 * threads;
    batch->items = calloc(count, sizeof *batch->items);
    batch->threads = calloc(threads, sizeof *batch->threads);
    batch->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&batch->lock, NULL);
    pthread_cond_init(&batch->room, NULL);
    mg_err result = MG_OK;
    if (batch->items == NULL || batch->threads == NULL)
        result = mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    else if (batch->wake_fd < 0)
        result = mg_fail(err, MG_E_INTERNAL, errno, "cannot make an eventfd: %s", strerror(errno));
    for (size_t i = 0; result == MG_OK && i < count; i++)
        batch->items[i].name = names[i];
    if (result == MG_OK)
        result = start_threads(batch, threads, err);
    if (result != MG_OK)
        mg_batch_end(batch);
    return result;
}

mg_batch_item *mg_batch_next(mg_batch *batch)
{
    mg_batch_item *item = NULL;
    pthread_mutex_lock(&batch->lock);
    if (batch->printed < batch->count && batch->items[batch->printed].done) {
        item = &batch->items[batch->printed++];
        pthread_cond_broadcast(&batch->room);
    }
    pthread_mutex_unlock(&batch->lock);
    return item;
}

void mg_batch_stop(mg_batch *batch)
{
    pthread_mutex_lock(&batch->lock);
    atomic_store(&batch->stop, true);
    pthread_cond_broadcast(&batch->room);
    pthread_mutex_unlock(&batch->lock);
}

void mg_batch_progress(mg_batch *batch, size_t *ret_done, double *ret_share)
{
    double sum = 0.0;
    *ret_done = 0;
    pthread_mutex_lock(&batch->lock);
    for (size_t i = 0; i < batch->next; i++) {
        *ret_done += batch->items[i].done;
        sum += batch->items[i].progress;
    }
    pthread_mutex_unlock(&batch->lock);
    *ret_share = sum / (100.0 * (double)batch->count);
}

void mg_batch_end(mg_batch *batch)
{
    for (size_t i = 0; i < batch->thread_count; i++)
        pthread_join(batch->threads[i], NULL);
    for (size_t i = 0; batch->items != NULL && i < batch->count; i++)
        mg_analyser_outcome_done(&batch->items[i].outcome);
    free(batch->items);
    free(batch->threads);
    if (batch->wake_fd >= 0)
        close(batch->wake_fd);
    pthread_mutex_destroy(&batch->lock);
    pthread_cond_destroy(&batch->room);
    *batch = (mg_batch){.wake_fd = -1};
}
