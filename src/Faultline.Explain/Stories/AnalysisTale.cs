using System.Globalization;
using Faultline.Engine.Witnesses;
using Faultline.Kernel.User;
using Faultline.Litmus.Analysis;

namespace Faultline.Explain.Stories;

/// <summary>Puts an analysis into words.</summary>
internal static class AnalysisTale
{
    /// <summary>Tells it.</summary>
    /// <param name="analysis">The analysis.</param>
    /// <param name="bad">The witness.</param>
    /// <param name="finding">Name of the finding.</param>
    /// <param name="limits">The bounds it was made with.</param>
    /// <param name="tell">Tells the good schedule.</param>
    public static StoryAnalysis Of(
        FindingAnalysis analysis, Tape bad, string finding, AnalysisLimits limits, Func<Witness, StoryRun> tell) => new(
            NoReturn(analysis, bad, finding, limits),
            Sections(analysis.Sections, finding, limits),
            analysis.Good is { } good ? Good(analysis, bad, good, tell(good)) : null);

    private static NoReturnStory NoReturn(FindingAnalysis analysis, Tape bad, string finding, AnalysisLimits limits)
    {
        string name = Failure(finding);
        switch (analysis.NoReturn.Step)
        {
            case null:
                return new NoReturnStory(
                    null, -1, $"not computed: it would take more than {Number(limits.NoReturnStates)} states", analysis.NoReturn.States);
            case 0:
                return new NoReturnStory(0, -1, $"there is none: no schedule of this test avoids {name}", analysis.NoReturn.States);
            case { } step:
                WitnessStep taken = bad.Steps[step - 1];
                string where = Innermost(taken) is { Length: > 0 } function ? $" in {function}()" : "";
                bool itself = step == bad.Steps.Count && taken.Events.Any(e => e.Kind == EventKind.Violation);
                string text = itself
                    ? $"step {step} itself: up to then some schedule still avoids {name}"
                    : $"step {step}, P{taken.Move.Thread}{where}: after it no schedule avoids {name}, before it some does";
                return new NoReturnStory(step, taken.Move.Thread, text, analysis.NoReturn.States);
        }
    }

    private static SectionsStory Sections(SectionSearch search, string finding, AnalysisLimits limits)
    {
        List<SectionStory> found = [.. search.Found.Select(f => new SectionStory(f.First, f.Second, f.Spins, f.Steps, f.States, Section(f)))];
        string bound = search.Bounded
            ? $"stopped at {Number(limits.SectionStates)} states, after {search.Tried} of {search.Candidates} pairs"
            : "";
        string text = (found.Count, search.Candidates, bound.Length) switch
        {
            (_, 0, _) => "no two threads are in the kernel at the same time in this schedule: no critical section could prevent it",
            (0, _, 0) => $"none: no two functions of this schedule, made exclusive, remove {Failure(finding)} without a new failure "
                + $"({Pairs(search.Tried)} tried, all that overlap)",
            (0, _, _) => $"none found: {bound}",
            (_, _, 0) => $"removes {Failure(finding)}, and nothing new goes wrong",
            _ => $"removes {Failure(finding)}, and nothing new goes wrong; {bound}",
        };
        return new SectionsStory(found, search.Tried, search.Candidates, bound, text);
    }

    private static string Section(GuiltySections f)
    {
        string kind = f.Spins ? "spinlock" : "mutex";
        return f.First == f.Second ? $"a {kind} held in {f.First}()" : $"one {kind} held in {f.First}() and in {f.Second}()";
    }

    private static GoodStory Good(FindingAnalysis analysis, Tape bad, Witness good, StoryRun run)
    {
        int same = analysis.Same;
        WitnessStep wrong = bad.Steps[same], right = good.Steps[same];
        string wrongDoes = Does(wrong, bad.Names), rightDoes = Does(right, bad.Names);
        List<string> also = [.. analysis.Also.Select(v => v.ToString())];
        string begins = same == 0 ? "from the start" : same == 1 ? "the same for 1 step, then" : $"the same for {same} steps, then";
        string still = also.Count > 0 ? $" ({string.Join(", ", also)} still happens)" : "", turn = Turn(wrong, right);
        string text = wrong.Move.Thread == right.Move.Thread ? $"{begins} {turn}{still}" : $"{begins} {turn}: {rightDoes}{still}";
        return new GoodStory(same, wrong.Move.Thread, wrongDoes, right.Move.Thread, rightDoes, good.Schedule.ToString(), run, also, text)
        {
            Turn = turn + still,
        };
    }

    // One thread has several ways only where the hardware chooses.
    private static string Turn(WitnessStep wrong, WitnessStep right) =>
        wrong.Move.Thread != right.Move.Thread ? $"P{right.Move.Thread} goes on, not P{wrong.Move.Thread}"
        : wrong.Word == "crashed" ? "other cache lines or metadata survive the power failure"
        : $"P{right.Move.Thread}'s CPU goes another way";

    private static string Does(WitnessStep step, WordNames names)
    {
        string what = StepText.Of(step.Kind, step.Word, names);
        return Innermost(step) is { Length: > 0 } function ? $"{what} in {function}" : what;
    }

    private static string Innermost(WitnessStep step) => step.Stack.LastOrDefault(f => !Scaffolding.Contains(f)) ?? "";

    private static string Failure(string finding) => finding == "condition" ? "that outcome" : finding;

    private static string Pairs(int n) => n == 1 ? "1 pair" : $"{n} pairs";

    private static string Number(long n) => n.ToString("N0", CultureInfo.InvariantCulture);
}
