using Faultline.Kernel.User;
using Faultline.Engine.Witnesses;
using Faultline.Explain.Stories;

namespace Faultline.Explain.Html;

/// <summary>What happens in each step, in a sentence: what a screen reader says, and what stands above the picture.</summary>
internal static class StepSentences
{
    /// <summary>One for the start, then one for each step.</summary>
    public static List<string> Of(Story story, Tape tape)
    {
        ILookup<int, TimelineCell> cells = story.Run!.Timeline.OfType<TimelineCell>().ToLookup(c => c.Step);
        return ["before the first step", .. tape.Steps.Select(step => Sentence(story, tape, step, [.. cells[step.Number]]))];
    }

    private static string Sentence(Story story, Tape tape, WitnessStep step, IReadOnlyList<TimelineCell> cells)
    {
        string who = story.Threads[step.Move.Thread], function = Function(step);
        List<string> done = [.. cells.Where(c => c.Kind != CellKind.Call).Select(c => c.Text)];
        string what = done.Count > 0 ? string.Join("; ", done)
            : cells.Count > 0 ? $"enters {cells[^1].Text}"
            : StepText.Of(step.Kind, step.Word, tape.Names);
        return function.Length > 0 ? $"{who} in {function}: {what}" : $"{who}: {what}";
    }

    // Where something changes or goes wrong, else where a lock is taken, else where the step started.
    private static string Function(WitnessStep step)
    {
        List<StepEvent> named = [.. step.Events.Where(e => e.Function.Length > 0 && !Scaffolding.Contains(e.Function))];
        StepEvent? telling = named.FirstOrDefault(e => e.Kind == EventKind.Violation)
            ?? named.FirstOrDefault(e => e.Kind == EventKind.Write)
            ?? named.FirstOrDefault(e => e.Kind == EventKind.Acquire);
        return telling?.Function ?? step.Stack.LastOrDefault(f => !Scaffolding.Contains(f)) ?? "";
    }
}
