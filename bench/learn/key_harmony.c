#include "bench/learn/key_harmony.h"

#include <string.h>

/* A root as a hexadecimal digit and a quality for each chord. Most loops of club music begin on the
 * tonic; a few do not. */
static const char *const club_minor[] = {
    "0m8M3MaM", "0maM8MaM", "0m5m8M7M", "0m8MaM0m", "0m7m8M5m", "0m3MaM5M", "0m",
    "0m0m1M0m", "0m5m",     "8MaM0m0m", "0m0m8MaM", "0m8M",     "0maM5m7m", "0m8M5m7M",
    "0m3M8MaM", "0m5maM3M", "0m0m5maM", "0m8M3M7M", "0maM8M7M", "0m8MaM7m", "0m5M",
    "0m3M5m8M", "0m8M5m7m", "0maM",     "0m1M",     "0m7m",     "0m3MaM8M", "0m",
};
static const char *const club_major[] = {
    "0M7M9m5M", "0M9m5M7M", "0M5M",     "0M5M7M0M", "0M7M9m5M", "0M5M7M9m", "0MaM5M0M", "0M5M5m0M",
    "5M0M7M9m", "0M",       "0M2m5M7M", "0M4m5M7M", "0M8MaM0M", "0M7M2m5M", "0M0M9m5M", "0M5M9m7M",
    "0M5M0M7M", "0M7M5M7M", "0M4m9m5M", "0MaM5M5M",
};
/* One chord moved about, as a sampler does it. */
static const char *const club_parallel[] = {
    "0m5m", "0m", "0m3m5m7m", "0mam0m5m", "0m8m5m7m", "0m3m", "0m7m5m5m", "0m0m5m0m", "0mam",
};
static const char *const folk_minor[] = {
    "0m5m7M0m", "0m7M0m7M", "0m3MaM7M", "5m0m7M0m", "0m8M5m7M", "3MaM0m7M", "0maM0m7m", "0maM0m0m",
};
static const char *const folk_major[] = {
    "0M5M7M0M", "0M7M0M7M", "0M9m2m7M", "5M0M7M0M", "0M0M2M7M", "9m2m7M0M", "0M0M0M7M",
};

/* Where a chord of a phrase may go, and the quality of the degrees; [minor][root]. */
static const char *const phrase_next[2][12] = {
    {[0] = "579207", [2] = "775", [4] = "95", [5] = "072", [7] = "009", [9] = "257", [11] = "0"},
    {[0] = "5783a7", [2] = "7", [3] = "875", [5] = "70a7", [7] = "008", [8] = "573", [10] = "30"},
};
static const char *const phrase_quality[2] = {"M?m?mM?M?m?d", "m?dM?m?MM?M?"};
/* Keys a phrase may pass to: root and mode. */
static const char *const phrase_keys[2] = {"7M7M9m5M2m", "3M3M7m5m8M"};

const char *const mg_key_kind_name[MG_KEY_KINDS] = {
    "trance", "house", "techno",  "dnb",   "dubstep",    "pop",
    "arp",    "lofi",  "folk",    "phrases", "club",     "chorale",
    "tune",   "band",  "drums",   "noise", "club drums", "loops",
    "speech",
};

double mg_key_random(mg_noise *noise, double low, double high)
{
    return low + (high - low) * 0.5 * (1.0 + (double)mg_noise_next(noise));
}

bool mg_key_chance(mg_noise *noise, double probability)
{
    return mg_key_random(noise, 0, 1) < probability;
}

int mg_key_pick(mg_noise *noise, int count)
{
    int i = (int)mg_key_random(noise, 0, count);
    return i < count ? i : count - 1;
}

static int digit(char c)
{
    return c >= 'a' ? c - 'a' + 10 : c - '0';
}

static mg_key_chord chord_at(const char *text, int index)
{
    const char *at = text + 2 * (index % (int)(strlen(text) / 2));
    return (mg_key_chord){digit(at[0]), at[1]};
}

#define PICK(noise, table) (table)[mg_key_pick(noise, (int)(sizeof(table) / sizeof((table)[0])))]

static const char *progression(mg_noise *noise, mg_key_kind kind, bool minor)
{
    bool stabs = kind == MG_KEY_HOUSE || kind == MG_KEY_LOFI || kind == MG_KEY_TECHNO;
    if (kind == MG_KEY_FOLK)
        return minor ? PICK(noise, folk_minor) : PICK(noise, folk_major);
    if (minor && stabs && mg_key_chance(noise, 0.35))
        return PICK(noise, club_parallel);
    return minor ? PICK(noise, club_minor) : PICK(noise, club_major);
}

/* Two to four degrees of the scale, the tonic first but for one in sixteen. */
static const char *invent(mg_noise *noise, bool minor, char ret[9])
{
    static const char *const degrees[2] = {"0M0M5M5M7M7M9m9m2m4maM", "0m0m8M8MaMaM5m5m3M7m1M"};
    int length = mg_key_chance(noise, 0.3) ? 2 : 4;
    for (int i = 0; i < length; i++) {
        bool home = i == 0 && mg_key_chance(noise, 0.93);
        int at = home ? 0 : mg_key_pick(noise, 11);
        memcpy(ret + 2 * i, degrees[minor] + 2 * at, 2);
    }
    ret[2 * length] = '\0';
    return ret;
}

static void loops(mg_noise *noise, mg_key_kind kind, bool minor, mg_key_chord *ret, int count)
{
    char own[9];
    bool folk = kind == MG_KEY_FOLK;
    const char *first = progression(noise, kind, minor), *second;
    if (!folk && mg_key_chance(noise, 0.3))
        first = invent(noise, minor, own);
    second = first;
    if (folk || mg_key_chance(noise, 0.3))
        second = progression(noise, kind, minor);
    int length = (int)strlen(first) / 2;
    for (int i = 0; i < count; i++) {
        ret[i] = chord_at((i / length / 2) % 2 == 0 ? first : second, i);
        if (!folk)
            continue;
        if (i % 8 == 7)
            ret[i] = (mg_key_chord){0, minor ? 'm' : 'M'};
        if (mg_key_chance(noise, 0.12))
            ret[i] = chord_at(progression(noise, kind, minor), mg_key_pick(noise, 4));
        if (mg_key_chance(noise, 0.03)) /* a dominant of the dominant, more or less */
            ret[i] = (mg_key_chord){(ret[i].root + 2) % 12, 'M'};
    }
}

/* The last two chords: authentic (in minor at times with a Picardy third), half or plagal. */
static void cadence(mg_noise *noise, bool minor, mg_key_chord *ret)
{
    const char *quality = phrase_quality[minor];
    double kind = mg_key_random(noise, 0, 1);
    if (kind < 0.8) {
        ret[0] = (mg_key_chord){7, 'M'};
        ret[1] = (mg_key_chord){0, minor && mg_key_chance(noise, 0.25) ? 'M' : quality[0]};
    } else {
        ret[0] = (mg_key_chord){5, quality[5]};
        ret[1] = kind < 0.92 ? (mg_key_chord){7, 'M'} : (mg_key_chord){0, quality[0]};
    }
}

static void phrases(mg_noise *noise, bool minor, mg_key_chord *ret, int count)
{
    int length = 6 + mg_key_pick(noise, 3);
    for (int phrase = 0; phrase * length < count; phrase++) {
        mg_key_chord key = {0, minor ? 'm' : 'M'}, line[8];
        bool home = phrase % 5 == 0 || phrase % 5 == 4 || mg_key_chance(noise, 0.45);
        if (!home)
            key = chord_at(phrase_keys[minor], mg_key_pick(noise, 5));
        bool local = key.quality == 'm';
        int root = mg_key_chance(noise, 0.7) ? 0 : 7;
        for (int j = 0; j < length - 2; j++) {
            const char *next = phrase_next[local][root];
            line[j] = (mg_key_chord){root, phrase_quality[local][root]};
            root = digit(next[mg_key_pick(noise, (int)strlen(next))]);
        }
        cadence(noise, local, line + length - 2);
        for (int j = 0; j < length && phrase * length + j < count; j++) {
            ret[phrase * length + j] = line[j];
            ret[phrase * length + j].root = (line[j].root + key.root) % 12;
        }
    }
}

void mg_key_harmony(mg_noise *noise, mg_key_kind kind, bool minor, mg_key_chord *ret, int count)
{
    if (kind == MG_KEY_PHRASES)
        phrases(noise, minor, ret, count);
    else
        loops(noise, kind, minor, ret, count);
}
