using Faultline.Explain.Matrix;
using Faultline.Explain.Stories;

namespace Faultline.Explain.Text;

/// <summary>
/// Lays a story out in short, to fit a screen where it can: the test over its columns, what changes, the two call stacks, what is
/// different at the end, and what the analysis says.
/// </summary>
internal sealed class DigestRenderer(Story story, int width)
{
    private const int FunctionsAtMost = 6;
    private const int UnchangedAtMost = 6;
    private const int ChangedAtMost = 12;

    private readonly List<TonedLine> lines = [];

    public List<TonedLine> Lines()
    {
        Wrapped(story.Headline, Tone.Heading, 4);
        if (story.Cycle is { } cycle)
        {
            Blank();
            Add(CycleText.Lines(cycle, width, FunctionsAtMost + 2));
            Blank();
        }

        if (story.Run is not { } run)
        {
            Wrapped("No schedule is shown: none was asked for, or the search for the shortest one met its bound.", Tone.Alarm);
            return lines;
        }

        Wrapped(string.Join(' ', story.Setup ?? []));
        return Told(run);
    }

    /// <summary>The lines without headline and declarations, for a text that has them elsewhere.</summary>
    public List<TonedLine> Body()
    {
        if (story.Cycle is { } cycle)
        {
            Add(CycleText.Lines(cycle, width, FunctionsAtMost + 2));
            Blank();
        }

        return story.Run is { } run ? Told(run) : lines;
    }

    private List<TonedLine> Told(StoryRun run)
    {
        Wrapped(story.Cycle is null ? TextRenderer.Numbers(run) : $"#0, {TextRenderer.Numbers(run)}");
        Timeline(run);
        Blank();
        Stacks(run);
        State(run);
        Ends(run);
        Analysis(run);
        return lines;
    }

    private void Timeline(StoryRun run)
    {
        var columns = new Columns(story.Threads, width, overlapping: true);
        List<string> heading = [.. columns.Heading()];
        Line(heading[0], Tone.Heading);
        Code(columns);
        Line(heading[1], Tone.Faint);
        int told = 0;
        int? turn = story.Analysis?.NoReturn.Step;
        foreach (TimelineEntry entry in run.Digest)
        {
            if (turn is > 0 && entry.Step > turn)
            {
                NoReturn(turn.Value);
                turn = null;
            }

            string number = entry.Step == told ? "" : $"{entry.Step}";
            Entry(run, columns, entry, number);
            told = entry is TimelineSwitch ? told : entry.Step;
        }

        if (turn is > 0 && turn < run.Steps)
        {
            NoReturn(turn.Value);
        }
    }

    // The threads' programs under their names, where they fit.
    private void Code(Columns columns)
    {
        if (story.Code is not { } code)
        {
            return;
        }

        bool fits = code.Select((rows, t) => columns.Fits(rows, t)).All(f => f);
        if (fits)
        {
            for (int row = 0; row < code.Max(c => c.Count); row++)
            {
                Line(columns.Row([.. code.Select(c => row < c.Count ? c[row] : "")]));
            }

            return;
        }

        for (int t = 0; t < code.Count; t++)
        {
            Wrapped($"      {story.Threads[t]}: {string.Join("; ", code[t])}", Tone.Plain, 10);
        }
    }

    private void NoReturn(int step) =>
        Line($"  == after step {step} no schedule avoids it ".PadRight(width, '='), Tone.Alarm);

    private void Entry(StoryRun run, Columns columns, TimelineEntry entry, string number)
    {
        switch (entry)
        {
            case TimelineCell cell:
                int indent = cell.Kind == CellKind.User ? 0 : 1;
                Add(columns.Cell(number, cell.Thread, indent, DigestWords.Of(cell, run.Digest)), ToneOf(cell.Kind));
                break;
            case TimelineFold fold:
                Add(columns.Cell(number, fold.Thread, 1, DigestWords.Of(fold)), Tone.Faint);
                break;
            case TimelineSwitch change:
                Add(columns.Rule(SwitchText(change)), Tone.Faint);
                break;
            case TimelineEnd end:
                Wrapped($"      ! {end.Text}", Tone.Bad, 8);
                break;
            default:
                break;
        }
    }

    // Locks that are held shared, and that nobody waits for, are left to the call stacks.
    private string SwitchText(TimelineSwitch change)
    {
        List<string> held = [.. change.Held.Where(h => !h.EndsWith("(r)", StringComparison.Ordinal))];
        string who = story.Threads[change.From];
        string holds = held.Count == 0 ? "" : $"; holds {string.Join(", ", held)}";
        string where = change.Where.Length == 0 ? "" : $" in {change.Where}";
        return change.Why switch
        {
            SwitchReason.Done => $"{who} is done",
            SwitchReason.Blocked => $"{who} blocks{where}: {change.Next}{holds}",
            _ => Fitting($"{who} preempted{where}", $", about to {change.Next}", holds),
        };
    }

    // What is least worth a second line comes last.
    private string Fitting(string text, string next, string holds)
    {
        const int Margin = 8;
        return holds.Length > 0 || text.Length + next.Length <= width - Margin ? text + next + holds : text;
    }

    private static Tone ToneOf(CellKind kind) => kind switch
    {
        CellKind.Violation => Tone.Bad,
        CellKind.Lockless or CellKind.Read or CellKind.Note or CellKind.Lock or CellKind.Unlock => Tone.Faint,
        _ => Tone.Plain,
    };

    private void Stacks(StoryRun run)
    {
        IReadOnlyList<StackTrace> stacks = story.Cycle is not null ? [] : run.Stacks.Count > 0 && run.Waits.Count == 0
            ? [.. run.Stacks.Take(2)]
            : [.. run.Standing.Where(s => s.Functions.Count > 0).Take(4)];
        Add(StackGrid.Lines([.. stacks.Select(s => s with { Held = [], Title = s.ShortTitle ?? s.Title, Remark = "" })], width, FunctionsAtMost));
    }

    private void Ends(StoryRun run)
    {
        foreach (string wait in run.Waits)
        {
            Wrapped(wait, Tone.Plain, 4);
        }

        if (run.Outcome is { } outcome)
        {
            TextRenderer.Outcome(outcome).ToList().ForEach(text => Wrapped(text.Text, Tone.Plain, text.Hanging));
        }
        else if (run.End.Any(v => !v.IsAbsentSignal))
        {
            Wrapped($"ends with {TextRenderer.Text(run.End)}");
        }
    }

    private void State(StoryRun run)
    {
        List<StateRow> changed = [.. run.State.Where(r => r.IsChanged)], same = [.. run.State.Where(r => !r.IsChanged)];
        string stays = same.Count == 0 ? "" : $" (unchanged: {string.Join("; ", same.Take(UnchangedAtMost).Select(r => $"{r.Name}: {r.After}"))}{(same.Count > UnchangedAtMost ? $"; {same.Count - UnchangedAtMost} more" : "")})";
        if (changed.Count == 0)
        {
            return;
        }

        // Of many, those that the story names.
        HashSet<string> told = [.. run.Digest.OfType<TimelineCell>().Select(c => c.Word.Split('.')[0])];
        List<StateRow> shown = changed.Count <= ChangedAtMost ? changed : [.. changed.Where(r => told.Contains(r.Name)).Take(ChangedAtMost)];
        int name = changed.Max(r => r.Name.Length);
        Wrapped($"state, at first -> {run.StateTitle}{stays}:", Tone.Heading, 2);
        foreach (StateRow row in shown)
        {
            Wrapped($"* {row.Name.PadRight(name)}  {row.Before} -> {row.After}", Tone.Plain, name + 4);
        }

        if (shown.Count < changed.Count)
        {
            Line($"* {changed.Count - shown.Count} more, which --whole lists", Tone.Faint);
        }
    }

    private void Analysis(StoryRun run)
    {
        if (story.Analysis is not { } analysis)
        {
            return;
        }

        bool drawn = analysis.NoReturn.Step is > 0 && analysis.NoReturn.Step < run.Steps;
        if (!drawn)
        {
            Wrapped($"point of no return: {analysis.NoReturn.Text}");
        }

        Wrapped(analysis.Sections.Prevented);
        if (analysis.Good is { } good)
        {
            Wrapped($"nearest good schedule: at step {good.Same + 1} {good.Turn}", Tone.Good);
        }
    }

    private void Wrapped(string text, Tone tone = Tone.Plain, int hanging = 2) => Add(Wrap.Lines(text, width, hanging), tone);

    private void Add(IEnumerable<string> texts, Tone tone = Tone.Plain) => lines.AddRange(texts.Select(t => TonedLine.Of(t, tone)));

    private void Line(string text, Tone tone = Tone.Plain) => lines.Add(TonedLine.Of(text, tone));

    private void Blank()
    {
        if (lines.Count > 0 && lines[^1].ToString().Length > 0)
        {
            lines.Add(TonedLine.Of(""));
        }
    }
}
