#include "daemon/command.h"
#include "daemon/commands.h"
static int r(int a, char **b){(void)a;(void)b;return 0;}
const struct command cmd_reprice = {.name="reprice",.summary="x",.usage="",.example="",.run=r};
