using Faultline.Engine.Witnesses;
using Faultline.Kernel.Programs;

namespace Faultline.Explain.Stories;

/// <summary>Groups a witness's steps into what each thread does as its user sees it: accesses, page faults, system calls.</summary>
internal static class Acts
{
    public static List<StoryAct> Of(Tape tape, UserProgram program)
    {
        var acts = new List<StoryAct>();
        var open = new Dictionary<int, int>();
        var instruction = new Dictionary<int, int>();
        for (int step = 0; step < tape.Steps.Count; step++)
        {
            WitnessStep taken = tape.Steps[step];
            int thread = taken.Move.Thread;
            if (!open.TryGetValue(thread, out int act))
            {
                act = acts.Count;
                open[thread] = act;
                int pc = instruction.GetValueOrDefault(thread);
                acts.Add(new StoryAct(thread, KindOf(program, thread, pc), InstructionText.Of(program, thread, pc), taken.Number, taken.Number, 0, false));
            }

            bool faults = taken.Stack.Any(IsFaultHandler) || taken.Events.Any(e => e.Kind == EventKind.Call && IsFaultHandler(e.Text));
            int ended = taken.Events.Count(e => e.Kind == EventKind.Return && e.Depth == 1);
            acts[act] = acts[act] with
            {
                Kind = faults && acts[act].Kind == ActKind.Access ? ActKind.Fault : acts[act].Kind,
                Last = taken.Number,
                Steps = acts[act].Steps + 1,
                Ended = ended > 0,
            };
            if (ended > 0)
            {
                open.Remove(thread);
                instruction[thread] = instruction.GetValueOrDefault(thread) + ended;
            }
        }

        return acts;
    }

    private static bool IsFaultHandler(string function) => function is "handle_mm_fault" or "__do_page_fault" or "do_user_addr_fault";

    private static ActKind KindOf(UserProgram program, int thread, int pc) =>
        pc < program.Threads[thread].Code.Count && program.Threads[thread].Code[pc].Opcode is Opcode.Load or Opcode.Store
            ? ActKind.Access
            : ActKind.Call;
}
