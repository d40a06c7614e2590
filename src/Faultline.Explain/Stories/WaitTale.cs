using Faultline.Engine.State;
using Faultline.Engine.Witnesses;

namespace Faultline.Explain.Stories;

/// <summary>Who waits for what, held by whom.</summary>
internal static class WaitTale
{
    public static List<string> Of(Tape tape)
    {
        var lines = new List<string>();
        foreach (ThreadAtEnd thread in tape.Witness.Threads)
        {
            lines.Add(thread.Waiting is null ? $"P{thread.Thread} is done" : Of(tape, thread));
        }

        return lines;
    }

    /// <summary>The lines of the threads that wait, as half a sentence.</summary>
    public static string Sentence(Tape tape) => string.Join("; ", tape.Witness.Threads.Where(t => t.Blocked).Select(t => Of(tape, t)));

    private static string Of(Tape tape, ThreadAtEnd thread)
    {
        WordNames names = tape.Names;
        (StepKind kind, string engineName) = StepText.Split(thread.Waiting!);
        int word = names.Find(engineName);
        string who = $"P{thread.Thread}";
        if (!thread.Blocked || kind == StepKind.Halted)
        {
            return kind == StepKind.Halted ? $"{who} has stopped at its BUG()" : $"{who} can go on: {StepText.Of(kind, engineName, names)}";
        }

        if (kind != StepKind.Sleep)
        {
            return $"{who} waits for {names[word]}, {HeldBy(tape, thread.Thread, engineName)}";
        }

        int entry = names.EntryOf(word);
        if (entry < 0)
        {
            return $"{who} sleeps on {names[word]}";
        }

        string holder = Holders(tape, thread.Thread, LockName(tape, word));
        return holder.Length > 0
            ? $"{who} sleeps until {names[entry]} is unlocked, which {holder} has locked"
            : $"{who} sleeps until {names[entry]} is unlocked, but nobody has it locked: nobody will wake it";
    }

    private static string HeldBy(Tape tape, int waiter, string engineName)
    {
        string holders = Holders(tape, waiter, engineName);
        return holders.Length > 0 ? $"held by {holders}" : "which nobody holds";
    }

    private static string Holders(Tape tape, int waiter, string engineName) => string.Join(
        " and ",
        tape.Witness.Threads.Where(t => t.Held.Contains(engineName)).Select(t => t.Thread == waiter ? "itself" : $"P{t.Thread}"));

    private static string LockName(Tape tape, int queue)
    {
        int word = tape.Names.LockOfQueue(queue);
        return word < 0 ? "" : tape.Names.EngineName(word);
    }
}
