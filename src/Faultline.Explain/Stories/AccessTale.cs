using Faultline.Engine.State;
using Faultline.Engine.Witnesses;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Values;

namespace Faultline.Explain.Stories;

/// <summary>One access of a CPU through a mapping: a page fault, a walk of the page table, or the load or store itself.</summary>
internal sealed class AccessTale
{
    public AccessTale(Tape tape, UserProgram program, int thread, int step, int pteWord, string instruction)
    {
        WitnessStep taken = tape.Steps[step];
        WordNames names = tape.Names;
        int[] words = tape.WordsAfter(step);
        bool byUser = taken.Stack.Count > 1 && taken.Stack[^2] == "user_access";
        string what = byUser ? instruction : "copy";
        (Pte pte, int mapping) = names.MappedBy(words, pteWord);
        int tlb = names.TlbOf(thread, pteWord);
        var cached = new Pte(tlb < 0 ? 0 : words[tlb]).AsBasePage();
        int end = ReturnOf(taken);
        if (end < 0)
        {
            Text = GoesOnAtOnce(tape, step) ? "" : $"{what}: walks the page table to {pte.Pfn}";
            return;
        }

        bool isFault = byUser
            ? end + 1 < taken.Events.Count && taken.Events[end + 1].Kind == EventKind.Call
            : !pte.IsPresent && !cached.IsPresent;
        if (isFault)
        {
            Text = byUser ? $"{what}: page fault, {names[mapping]} is {pte}" : $"the copy fails: {names[mapping]} is {pte}";
            return;
        }

        Pte used = cached.IsPresent && taken.Move.Choice == 0 ? cached : pte;
        string stale = used.Pfn == pte.Pfn ? "" : $" (stale TLB entry: {names[mapping]} is {pte})";
        string value = byUser ? Loaded(taken, end) : Contents(program, names, words, used.Pfn);
        Text = value.Length > 0 ? $"{what}: {value} from {used.Pfn}{stale}" : $"{what} goes to {used.Pfn}{stale}";
    }

    /// <summary>What to tell; empty when the next step tells it.</summary>
    public string Text { get; }

    private static int ReturnOf(WitnessStep taken)
    {
        for (int e = 0; e < taken.Events.Count; e++)
        {
            if (taken.Events[e].Kind == EventKind.Return && taken.Events[e].Depth == taken.Stack.Count - 1)
            {
                return e;
            }
        }

        return -1;
    }

    // A walk and the access that follows it are one line when nobody comes between.
    private static bool GoesOnAtOnce(Tape tape, int step) =>
        step + 1 < tape.Steps.Count
        && tape.Steps[step + 1].Move.Thread == tape.Steps[step].Move.Thread
        && tape.Steps[step + 1].Kind == StepKind.Access
        && !tape.Steps[step].Events.Any(e => e.Kind == EventKind.Violation);

    // The note that the model writes when a load retires: "r0 = 7".
    private static string Loaded(WitnessStep taken, int end)
    {
        string note = end + 1 < taken.Events.Count && taken.Events[end + 1].Kind == EventKind.Note ? taken.Events[end + 1].Text : "";
        int equals = note.IndexOf(" = ", StringComparison.Ordinal);
        return equals < 0 ? "" : note[(equals + 3)..];
    }

    private static string Contents(UserProgram program, WordNames names, int[] words, Pfn pfn)
    {
        if (pfn.Kind is not (PfnKind.Block or PfnKind.Anon))
        {
            return "0";
        }

        int first = names.Range(pfn.IsBlock ? "block" : "anon")!.Start + (pfn.Index * program.WordsPerPage);
        return string.Join(" ", words.Skip(first).Take(program.WordsPerPage));
    }
}
