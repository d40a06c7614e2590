using Faultline.Explain.Matrix;
using Faultline.Explain.Stories;

namespace Faultline.Explain.Text;

/// <summary>Lays a whole story out: every step, every stack, every word of state.</summary>
internal sealed class TextRenderer(Story story, int width)
{
    private readonly List<TonedLine> lines = [];

    public List<TonedLine> Lines()
    {
        WriteAll(Wrap.Lines(story.Headline, width, 4), Tone.Heading);
        Line();
        foreach (string line in story.Program)
        {
            Line($"    {line}");
        }

        Line();
        WriteCycle();
        if (story.Run is not { } run)
        {
            WriteWrapped("No schedule is shown: none was asked for, or the search for the shortest one met its bound.");
            return lines;
        }

        WriteWrapped(story.Cycle is null ? Numbers(run) : $"#0, {Numbers(run)}");
        WriteAll(Wrap.Lines("(* changes, ! goes wrong, +lock: taken shared on entry, (r): held shared; mere returns are left out)", width, 1));
        Line();
        WriteTimeline(run);
        WriteStacks(run, story.Cycle is null ? run.Stacks : []);
        WriteWaits(run);
        WriteOutcome(run);
        WriteHistory(run);
        WriteState(run);
        WriteAnalysis();
        return lines;
    }

    /// <summary>How long the schedule is.</summary>
    public static string Numbers(StoryRun run) =>
        $"{(run.IsShortest ? "shortest schedule" : "schedule found (looking for the shortest met a bound)")}: {Size(run)}";

    /// <summary>Steps and context switches.</summary>
    public static string Size(StoryRun run)
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
        return $"{Count(run.Steps, "step")}, {Count(run.Switches, "context switch", "context switches")}{preemptions}";
    }

    private static string Count(int n, string one, string? many = null) => n == 1 ? $"1 {one}" : $"{n} {many ?? one + "s"}";

    private void WriteTimeline(StoryRun run)
    {
        var columns = new Columns(story.Threads, width);
        WriteAll(columns.Heading(), Tone.Heading);
        int numbered = 0;
        foreach (TimelineEntry entry in run.Timeline)
        {
            if (entry is TimelineCell cell)
            {
                string number = cell.Step == numbered ? "" : $"{cell.Step}";
                numbered = cell.Step;
                WriteAll(columns.Cell(number, cell.Thread, cell.Indent, Mark(cell.Kind) + cell.Text + Later(cell)), cell.Kind == CellKind.Violation ? Tone.Bad : Tone.Plain);
            }
            else if (entry is TimelineSwitch change)
            {
                WriteAll(columns.Rule(SwitchText(story, change)), Tone.Faint);
            }
            else if (entry is TimelineEnd end)
            {
                WriteAll(Wrap.Lines($"      ! {end.Text}", width, 8), Tone.Bad);
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

    private static string Later(TimelineCell cell) =>
        cell.Later is { } later ? $", seen by step {later.Step}" : "";

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

    private void WriteCycle()
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

        foreach ((string text, int hanging) in Outcome(outcome))
        {
            WriteAll(Wrap.Lines(text, width, hanging));
        }

        Line();
    }

    /// <summary>How an outcome differs from those that are allowed: texts, and the indent of their continuation.</summary>
    public static IEnumerable<(string Text, int Hanging)> Outcome(OutcomeStory outcome)
    {
        string allowed = outcome.Allowed == 1 ? "one outcome" : $"{outcome.Allowed} outcomes";
        yield return ($"outcome of this run:  {Text(outcome.Values)}", 22);
        yield return ($"the atomic reference (each load, store and system call at once) has {allowed}:", 2);
        foreach (string line in outcome.Impossible)
        {
            yield return ($"  {line}", 4);
        }

        foreach (AllowedOutcome near in outcome.Nearest)
        {
            yield return ($"  nearest: the same with {string.Join(", ", near.Differences)}", 4);
        }
    }

    // Registers and contents; of signals only those that came.
    public static string Text(IEnumerable<NamedValue> values) =>
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
        Line($"  {"state".PadRight(name)}   {"at first".PadRight(before)}   {run.StateTitle}");
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

    private void WriteAnalysis()
    {
        if (story.Analysis is not { } analysis)
        {
            return;
        }

        Line();
        WriteWrapped($"point of no return: {analysis.NoReturn.Text} ({analysis.NoReturn.States:N0} states looked at)");
        SectionsStory sections = analysis.Sections;
        WriteWrapped($"critical section: {sections.Text}; {sections.Tried:N0} of {sections.Candidates:N0} pairs of functions tried");
        foreach (SectionStory found in sections.Found)
        {
            WriteWrapped($"  {found.Text} ({found.Steps} steps of this schedule; {found.States:N0} states searched, all there are)");
        }

        if (analysis.Good is not { } good)
        {
            return;
        }

        WriteAll(Wrap.Lines($"nearest good schedule: {good.Text}", width, 4), Tone.Good);
        WriteWrapped($"  {Size(good.Run)}: {good.Schedule}");
        Line();
        WriteTimeline(good.Run);
        if (good.Run.End.Count > 0)
        {
            WriteWrapped($"  ends with {Text(good.Run.End)}");
        }
    }

    private void WriteWrapped(string text) => WriteAll(Wrap.Lines(text, width, 4));

    private void WriteAll(IEnumerable<string> texts, Tone tone = Tone.Plain) => lines.AddRange(texts.Select(t => TonedLine.Of(t, tone)));

    private void Line(string text = "") => lines.Add(TonedLine.Of(text));
}
