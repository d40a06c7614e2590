/* Three threads that each increment one shared variable ROUNDS times by a read and a write, without a lock: step for step the
   model of tests/Faultline.Engine.Tests/Families/ThreeCounters.cs. A step is a read or a write; a thread that is done stays where it is,
   since Spin would count leaving the loop and ending as steps of their own. */
#ifndef ROUNDS
#define ROUNDS 10
#endif
int x = 0;

active [3] proctype Thread()
{
	byte round = 0;
	int value;

end:
	do
	:: atomic { round < ROUNDS -> value = x };
	   d_step { x = value + 1; value = 0; round++ }
	od
}
