using Faultline.Explain.Text;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Matrix;

namespace Faultline.Explain.Matrix;

/// <summary>Which tests notice which change of a behaviour, as text.</summary>
public static class FlipText
{
    /// <summary>0: a test notices each change; 1: some are not noticed; 3: a bound was met, and what is not noticed might have been.</summary>
    /// <param name="flips">The changes.</param>
    public static int ExitCode(IReadOnlyList<BehaviourFlip> flips) =>
        flips.Any(f => !f.IsExercised && f.IsComplete) ? 1 : flips.Any(f => !f.IsComplete) ? 3 : 0;

    /// <summary>Its lines.</summary>
    /// <param name="flips">The changes.</param>
    /// <param name="width">Columns.</param>
    public static IEnumerable<TonedLine> Lines(IReadOnlyList<BehaviourFlip> flips, int width)
    {
        ArgumentNullException.ThrowIfNull(flips);
        foreach (BehaviourFlip flip in flips)
        {
            foreach (TonedLine line in Lines(flip, width))
            {
                yield return line;
            }
        }

        List<BehaviourFlip> not = [.. flips.Where(f => !f.IsExercised)];
        yield return TonedLine.Of("");
        foreach (string line in not.SelectMany(f => Wrap.Lines($"NOT EXERCISED: {Name(f)}: {Reason(f)}", width, 4)))
        {
            yield return TonedLine.Of(line, Tone.Alarm);
        }

        string cut = flips.All(f => f.IsComplete) ? "" : $", {flips.Count(f => !f.IsComplete)} NOT COMPLETE";
        yield return TonedLine.Of(
            $"{flips.Count} changes of behaviours: {flips.Count - not.Count} noticed by a test, {not.Count} NOT EXERCISED{cut}");
    }

    private static IEnumerable<TonedLine> Lines(BehaviourFlip flip, int width)
    {
        yield return TonedLine.Of($"{flip.Change.Since,-6}{Name(flip)}", Tone.Heading);
        foreach (string line in Wrap.Lines($"      {flip.Change.Title}", width, 6))
        {
            yield return TonedLine.Of(line, Tone.Faint);
        }

        if (!flip.IsExercised)
        {
            yield return TonedLine.Of("      NOT EXERCISED", Tone.Alarm);
        }

        var tests = flip.Notices.GroupBy(n => (n.File.Test!.Name, n.With, n.Without));
        foreach (var test in tests)
        {
            string filesystems = string.Join(",", test.Select(n => ModelNames.Of(n.Filesystem)));
            string text = $"      {flip.Version!.Name} {filesystems} {test.Key.Name}: {test.Key.With}; without it {test.Key.Without}";
            foreach (string line in Wrap.Lines(text, width, 10))
            {
                yield return TonedLine.Of(line);
            }
        }
    }

    private static string Name(BehaviourFlip flip) => $"{flip.Change.Commit} {MatrixWords.Of(flip.Change)}";

    private static string Reason(BehaviourFlip flip) => flip switch
    {
        { Version: null } => "no modelled version has it",
        { IsComplete: false } => "NOT COMPLETE, a bound was met",
        { Candidates: 0 } => $"no test asks for it on {flip.Version!.Name} or later",
        _ => $"{flip.Candidates} tests and filesystems ask for it, and show the same without it",
    };
}
