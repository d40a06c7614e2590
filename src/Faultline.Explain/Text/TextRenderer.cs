using Faultline.Explain.Stories;

namespace Faultline.Explain.Text;

/// <summary>Lays a story out as plain text.</summary>
internal sealed class TextRenderer(TextWriter writer, TextOptions options)
{
    private readonly int width = Math.Max(TextOptions.MinWidth, options.Width);

    public void Write(Story story)
    {
        WriteWrapped(story.Headline);
        Line();
        foreach (string line in story.Program)
        {
            Line($"    {line}");
        }

        Line();
        WriteCycle(story);
        if (story.Run is not { } run)
        {
            WriteWrapped("No schedule is shown: none was asked for, or the search for the shortest one met its bound.");
            return;
        }

        WriteWrapped(story.Cycle is null ? Numbers(run) : $"#0, {Numbers(run)}");
        WriteAll(Wrap.Lines("(* changes, ! goes wrong, +lock: taken shared on entry, (r): held shared; mere returns are left out)", width, 1));
        Line();
        WriteTimeline(story, run);
        WriteStacks(run, story.Cycle is null ? run.Stacks : []);
        WriteWaits(run);
        WriteOutcome(run);
        WriteHistory(run);
        WriteState(run);
    }

    /// <summary>How long the schedule is.</summary>
    public static string Numbers(StoryRun run)
    {
        string preemptions = (run.Switches, run.Preemptions) switch
        {
            (0, _) => "",
            (1, 1) => ", a preemption",
            (_, 0) => ", no preemption",
            (2, 2) => ", both preemptions",
            var (switches, all) when switches == all => ", all of them preemptions",
            (_, 1) => ", 1 of them a preemption",
            _ => $", {run.Preemptions} of them preemptions",
        };
        string which = run.IsShortest ? "shortest schedule" : "schedule found (looking for the shortest met a bound)";
        return $"{which}: {Count(run.Steps, "step")}, {Count(run.Switches, "context switch", "context switches")}{preemptions}";
    }

    private static string Count(int n, string one, string? many = null) => n == 1 ? $"1 {one}" : $"{n} {many ?? one + "s"}";

    private void WriteTimeline(Story story, StoryRun run)
    {
        var columns = new Columns(story.Threads, width);
        WriteAll(columns.Heading());
        int numbered = 0;
        foreach (TimelineEntry entry in run.Timeline)
        {
            if (entry is TimelineCell cell)
            {
                string number = cell.Step == numbered ? "" : $"{cell.Step}";
                numbered = cell.Step;
                WriteAll(columns.Cell(number, cell.Thread, cell.Indent, Mark(cell.Kind) + cell.Text));
            }
            else if (entry is TimelineSwitch change)
            {
                WriteAll(columns.Rule(SwitchText(story, change)));
            }
            else if (entry is TimelineEnd end)
            {
                WriteAll(Wrap.Lines($"      ! {end.Text}", width, 8));
            }
        }

        Line();
    }

    private static string Mark(CellKind kind) => kind switch
    {
        CellKind.Change => "* ",
        CellKind.Violation => "! ",
        _ => "",
    };

    /// <summary>Why another thread runs, and where the first one stands.</summary>
    public static string SwitchText(Story story, TimelineSwitch change)
    {
        string who = story.Threads[change.From];
        string held = change.Held.Count == 0 ? "" : $"; holds {string.Join(", ", change.Held)}";
        string where = change.Where.Length == 0 ? "" : $" in {change.Where}";
        return change.Why switch
        {
            SwitchReason.Done => $"{who} is done",
            SwitchReason.Blocked => $"{who} blocks{where}: {change.Next}{held}",
            _ => $"{who} preempted{where}, about to {change.Next}{held}",
        };
    }

    private void WriteCycle(Story story)
    {
        if (story.Cycle is { } cycle)
        {
            WriteAll(CycleText.Lines(cycle, width));
            Line();
        }
    }

    private void WriteStacks(StoryRun run, IReadOnlyList<StackTrace> stacks)
    {
        // Stacks of threads that are done say nothing but that.
        var standing = run.Standing.Where(s => s.Functions.Count > 0).ToList();
        WriteAll(StackGrid.Lines([.. stacks, .. standing], width));
        if (stacks.Count + standing.Count > 0)
        {
            Line();
        }

        var done = run.Standing.Where(s => s.Remark == "done").Select(s => $"P{s.Thread}").ToList();
        if (done.Count > 0)
        {
            Line($"{string.Join(", ", done)}: done");
            Line();
        }
    }

    private void WriteWaits(StoryRun run)
    {
        if (run.Waits.Count == 0)
        {
            return;
        }

        Line("who waits for what:");
        foreach (string wait in run.Waits)
        {
            WriteAll(Wrap.Lines($"  {wait}", width, 4));
        }

        Line();
    }

    private void WriteOutcome(StoryRun run)
    {
        if (run.Outcome is not { } outcome)
        {
            return;
        }

        string allowed = outcome.Allowed == 1 ? "one outcome" : $"{outcome.Allowed} outcomes";
        WriteAll(Wrap.Lines($"outcome of this run:  {Text(outcome.Values)}", width, 22));
        WriteAll(Wrap.Lines($"the atomic reference (each load, store and system call at once) has {allowed}:", width, 2));
        foreach (string line in outcome.Impossible)
        {
            WriteAll(Wrap.Lines($"  {line}", width, 4));
        }

        foreach (AllowedOutcome near in outcome.Nearest)
        {
            WriteAll(Wrap.Lines($"  nearest: the same with {string.Join(", ", near.Differences)}", width, 4));
        }

        Line();
    }

    // Registers and contents; of signals only those that came.
    private static string Text(IEnumerable<NamedValue> values) =>
        string.Join(' ', values.Where(v => !v.IsAbsentSignal).Select(v => $"{v};"));

    private void WriteHistory(StoryRun run)
    {
        if (run.History is not { Changes.Count: > 0 } history)
        {
            return;
        }

        Line($"changes of {history.Word}:");
        int function = history.Changes.Max(c => c.Function.Length);
        foreach (WordChange change in history.Changes)
        {
            WriteWrapped($"  step {change.Step,3}  P{change.Thread}  {change.Function.PadRight(function)}  {change.Before} -> {change.After}");
        }

        Line();
    }

    private void WriteState(StoryRun run)
    {
        if (run.State.Count == 0)
        {
            return;
        }

        int name = Math.Max(8, run.State.Max(r => r.Name.Length)), before = Math.Max(8, run.State.Max(r => r.Before.Length));
        Line($"  {"state".PadRight(name)}   {"at first".PadRight(before)}   after step {run.Steps}");
        foreach (StateRow row in run.State)
        {
            Line($"{(row.IsChanged ? "* " : "  ")}{row.Name.PadRight(name)}   {row.Before.PadRight(before)}   {row.After}");
        }

        if (run.End.Count > 0 && run.Outcome is null)
        {
            Line();
            WriteAll(Wrap.Lines($"  ends with {Text(run.End)}", width, 4));
        }
    }

    private void WriteWrapped(string text) => WriteAll(Wrap.Lines(text, width, 4));

    private void WriteAll(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            Line(line);
        }
    }

    private void Line(string text = "")
    {
        writer.Write(text.TrimEnd());
        writer.Write('\n');
    }
}
