namespace Faultline.Explain.Matrix;

/// <summary>How a piece of text is meant; a terminal may colour it.</summary>
public enum Tone
{
    /// <summary>As the text around it.</summary>
    Plain,

    /// <summary>A heading.</summary>
    Heading,

    /// <summary>Nothing wrong.</summary>
    Good,

    /// <summary>Something wrong that is known.</summary>
    Bad,

    /// <summary>Not as expected, or not done.</summary>
    Alarm,

    /// <summary>Of less weight.</summary>
    Faint,
}

/// <summary>A piece of a line.</summary>
/// <param name="Text">The text.</param>
/// <param name="Tone">How it is meant.</param>
public readonly record struct Piece(string Text, Tone Tone = Tone.Plain);

/// <summary>A line of text in pieces.</summary>
/// <param name="Pieces">The pieces, from left to right.</param>
public sealed record TonedLine(IReadOnlyList<Piece> Pieces)
{
    /// <summary>A line of one piece.</summary>
    public static TonedLine Of(string text, Tone tone = Tone.Plain) => new([new Piece(text, tone)]);

    /// <summary>The line without tones and without blanks at its end.</summary>
    public override string ToString() => string.Concat(Pieces.Select(p => p.Text)).TrimEnd();
}
