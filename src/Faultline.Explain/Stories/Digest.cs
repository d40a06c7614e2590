using Faultline.Kernel.Checks;

namespace Faultline.Explain.Stories;

/// <summary>
/// The timeline in short. A step is told when it changes something, waits, goes wrong, is an access of the user's, or reads what
/// another thread changes before the reader is done with its fault or call. The others are counted.
/// </summary>
internal sealed class Digest
{
    private static readonly HashSet<string> EveryFault =
        ["__do_page_fault", "do_user_addr_fault", "handle_mm_fault", "__handle_mm_fault", "handle_pte_fault", "__handle_pte_fault"];

    private const int LongDigest = 120;

    /// <summary>Stands last among the functions of a fold of whole faults and calls, after the first instruction.</summary>
    public const string Several = "and what follows";

    private readonly Tape tape;
    private readonly IReadOnlyList<TimelineEntry> timeline;
    private readonly IReadOnlyList<StoryAct> acts;
    private readonly HashSet<string> contended;
    private readonly List<TimelineEntry> entries = [];
    private readonly List<string> entered = [];
    private int toldUpTo;

    private Digest(Tape tape, IReadOnlyList<TimelineEntry> timeline, IReadOnlyList<StoryAct> acts)
    {
        this.tape = tape;
        this.timeline = timeline;
        this.acts = acts;
        contended = [.. timeline.OfType<TimelineSwitch>().Where(s => s.Why == SwitchReason.Blocked).Select(s => s.Next)];
    }

    /// <summary>The digest of a timeline.</summary>
    /// <param name="tape">The witness.</param>
    /// <param name="timeline">The timeline.</param>
    /// <param name="acts">The same, grouped.</param>
    /// <param name="subject">Name of the word that it is about; empty: none.</param>
    public static IReadOnlyList<TimelineEntry> Of(
        Tape tape, IReadOnlyList<TimelineEntry> timeline, IReadOnlyList<StoryAct> acts, string subject)
    {
        var digest = new Digest(tape, timeline, acts);
        foreach (TimelineEntry entry in timeline)
        {
            digest.Add(entry);
        }

        return digest.entries.Count > LongDigest ? digest.WithoutSideShows(subject) : digest.entries;
    }

    // Of a long schedule: faults and calls of which no other thread sees anything take one line, as many as follow each other.
    private List<TimelineEntry> WithoutSideShows(string subject)
    {
        var kept = new List<TimelineEntry>();
        List<StoryAct> sideShows = [.. acts.Where(a => a.Ended && !entries.Any(e => a.First <= e.Step && e.Step <= a.Last && IsOfTheStory(e, a, subject)))];
        foreach (TimelineEntry entry in entries)
        {
            if (sideShows.Find(a => IsPartOf(entry, a)) is not { } act)
            {
                kept.Add(entry);
            }
            else if (kept.LastOrDefault() is TimelineFold { Functions: [.., Several] } fold && fold.Thread == act.Thread)
            {
                kept[^1] = act.First <= fold.Last ? fold : fold with { Last = act.Last, Count = fold.Count + act.Steps };
            }
            else
            {
                kept.Add(new TimelineFold(act.First, act.Thread, act.Last, act.Steps, [act.Instruction, Several]));
            }
        }

        return kept;
    }

    private static bool IsOfTheStory(TimelineEntry entry, StoryAct act, string subject) => entry switch
    {
        TimelineCell cell => cell.Thread == act.Thread
            && (cell.Later is not null || cell.Kind is CellKind.Violation or CellKind.Lockless or CellKind.Wait || (cell.Word.Length > 0 && cell.Word == subject)),
        TimelineSwitch change => change.Step > act.First,
        TimelineEnd => true,
        _ => false,
    };

    private static bool IsPartOf(TimelineEntry entry, StoryAct act) => act.First <= entry.Step && entry.Step <= act.Last && entry switch
    {
        TimelineCell cell => cell.Thread == act.Thread,
        TimelineFold fold => fold.Thread == act.Thread,
        _ => false,
    };

    private void Add(TimelineEntry entry)
    {
        switch (entry)
        {
            case TimelineCell cell when StartOfCall(cell) is { } start:
                Keep(start);
                Enter(cell.Text[(start.Text.Length + 3)..]);
                break;
            case TimelineCell { Kind: CellKind.Call } call:
                Enter(call.Text);
                break;
            case TimelineCell cell when IsTold(cell):
                Keep(cell);
                break;
            case TimelineSwitch change:
                Fold(change.Step, change.From);
                entries.Add(change);
                entered.Clear();
                break;
            case TimelineEnd end:
                Fold(end.Step + 1, tape.Steps[end.Step - 1].Move.Thread);
                entries.Add(end);
                break;
            default:
                break;
        }
    }

    private void Keep(TimelineCell cell)
    {
        Fold(cell.Step, cell.Thread);
        bool again = entries.LastOrDefault() is TimelineCell before && before with { Step = cell.Step } == cell;
        if (!again)
        {
            entries.Add(cell);
        }

        toldUpTo = Math.Max(toldUpTo, cell.Step);
    }

    // Steps of the thread that nothing was told of, up to but not with a step.
    private void Fold(int before, int thread)
    {
        List<int> silent = [.. Enumerable.Range(toldUpTo + 1, Math.Max(0, before - toldUpTo - 1)).Where(n => tape.Steps[n - 1].Move.Thread == thread)];
        if (silent.Count > 1 || (silent.Count == 1 && entered.Count > 0))
        {
            entries.Add(new TimelineFold(silent[0], thread, silent[^1], silent.Count, [.. entered]));
        }

        entered.Clear();
        toldUpTo = Math.Max(toldUpTo, before - 1);
    }

    private void Enter(string chain) => entered.AddRange(
        chain.Split(" > ").Select(call => call.Split(" +")[0]).Where(function => !EveryFault.Contains(function)));

    // A system call begins: its line names the functions, too.
    private TimelineCell? StartOfCall(TimelineCell cell)
    {
        StoryAct? act = cell.Kind == CellKind.Call
            ? acts.FirstOrDefault(a => a.Thread == cell.Thread && a.Kind == ActKind.Call && a.First <= cell.Step && cell.Step <= a.Last
                && cell.Text.StartsWith(a.Instruction + " > ", StringComparison.Ordinal))
            : null;
        return act is null ? null : new TimelineCell(cell.Step, cell.Thread, 0, CellKind.User, act.Instruction);
    }

    private bool IsTold(TimelineCell cell) => cell.Kind switch
    {
        CellKind.Lock or CellKind.Unlock => contended.Any(next => next.EndsWith(cell.Text, StringComparison.Ordinal) || IsSameLock(next, cell.Word)),
        CellKind.Lockless => IsStaleSoon(cell),
        CellKind.Wait => IsTellingWait(cell.Text),
        CellKind.Note => IsTelling(cell.Text),
        CellKind.Call => false,
        _ => true,
    };

    private static bool IsSameLock(string next, string word) =>
        word.Length > 0 && (next == $"lock {word}" || next == $"lock {word}(r)" || next == $"lock {word}(w)");

    // That nobody is woken is worth a line where somebody sleeps on just that.
    private bool IsTellingWait(string wait)
    {
        const string Nobody = "wakes nobody: no ", Waiters = "waiters of ";
        if (!wait.StartsWith(Nobody, StringComparison.Ordinal))
        {
            return true;
        }

        string queue = wait[Nobody.Length..];
        queue = queue.StartsWith(Waiters, StringComparison.Ordinal) ? queue[Waiters.Length..] : queue;
        return contended.Any(next => next.Contains(queue, StringComparison.Ordinal));
    }

    private static bool IsTelling(string note) =>
        !note.StartsWith("writes ", StringComparison.Ordinal)
        && !(note.StartsWith('(') && Sites.OrdinaryMarks.Contains(note.Trim('(', ')')));

    // Another thread changes the word while the reader's fault or call still goes on.
    private bool IsStaleSoon(TimelineCell read)
    {
        StoryAct? act = acts.FirstOrDefault(a => a.Thread == read.Thread && a.First <= read.Step && read.Step <= a.Last);
        int last = act is null || !act.Ended ? int.MaxValue : act.Last;
        return timeline.OfType<TimelineCell>().Any(c =>
            c.Kind == CellKind.Change && c.Word == read.Word && c.Thread != read.Thread && c.Step > read.Step && c.Step <= last);
    }
}
