using Faultline.Explain.Stories;

namespace Faultline.Explain.Text;

/// <summary>The lines of a digest in words.</summary>
internal static class DigestWords
{
    /// <summary>What a thread does, and who sees it.</summary>
    /// <param name="cell">It.</param>
    /// <param name="digest">The digest that it is in.</param>
    public static string Of(TimelineCell cell, IReadOnlyList<TimelineEntry> digest)
    {
        string text = cell.Kind switch
        {
            CellKind.Change => $"* {cell.Text}{Where(cell)}",
            CellKind.Violation => $"! {cell.Text}",
            CellKind.User => cell.Text,
            _ => cell.Text + Where(cell),
        };
        return IsLastSeen(cell, digest) ? $"{text}, seen by step {cell.Later!.Step}" : text;
    }

    private static string Where(TimelineCell cell) =>
        cell.Function.Length == 0 || cell.Text.EndsWith(')') ? "" : $" ({cell.Function})";

    /// <summary>Steps that tell nothing new: how many, and the way through the kernel.</summary>
    public static string Of(TimelineFold fold)
    {
        IReadOnlyList<string> all = fold.Functions;
        string chain = all.Count switch
        {
            0 => "",
            2 when all[1] == Digest.Several => $": {all[0]} {all[1]}, which no other thread sees",
            <= 3 => ": " + string.Join(" > ", all),
            _ => $": {all[0]} > .. > {all[^1]}",
        };
        return $"({(fold.Count == 1 ? "1 step" : $"{fold.Count} steps")}{chain})";
    }

    // Of several changes of a word that the same step depends on, the last one says so.
    private static bool IsLastSeen(TimelineCell cell, IReadOnlyList<TimelineEntry> digest) => cell.Later is not null
        && !digest.OfType<TimelineCell>().Any(c => c.Word == cell.Word && c.Later == cell.Later && c.Step > cell.Step);
}
