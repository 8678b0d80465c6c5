#include "worker/cli/command.h"

int main(int argc, char **argv)
{
    return mg_program(argc, argv);
}
