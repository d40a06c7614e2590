using System.Globalization;

namespace Faultline.Engine.Witnesses;

/// <summary>One step of a schedule.</summary>
/// <param name="Thread">The thread that moves.</param>
/// <param name="Choice">Which alternative it takes, mostly 0.</param>
public readonly record struct Move(int Thread, int Choice);

/// <summary>A schedule: which thread moves at each step. With the model it determines the whole run.</summary>
/// <param name="Moves">The steps.</param>
public sealed record Schedule(IReadOnlyList<Move> Moves)
{
    /// <summary>As text: <c>0 0 1 1:1 0</c>, a colon before an alternative other than 0.</summary>
    public override string ToString() =>
        string.Join(' ', Moves.Select(m => m.Choice == 0 ? $"{m.Thread}" : $"{m.Thread}:{m.Choice}"));

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="FormatException">Not a schedule.</exception>
    public static Schedule Parse(string text) => new(
        [.. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(word =>
        {
            string[] parts = word.Split(':', 2);
            return new Move(Number(parts[0]), parts.Length > 1 ? Number(parts[1]) : 0);
        })]);

    private static int Number(string digits) => byte.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out byte number)
        ? number
        : throw new FormatException($"'{digits}' is no thread or alternative of a schedule");
}
