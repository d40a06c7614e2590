using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Expectations;

/// <summary>Reads words and lists of words from one line.</summary>
internal sealed class LineReader
{
    private readonly string text;
    private readonly int lineNumber;
    private int offset;

    public LineReader(string line, int number)
    {
        text = line;
        lineNumber = number;
        SkipBlanks();
    }

    public bool AtEnd => offset == text.Length;

    private SourcePosition Position => new(lineNumber, offset + 1);

    public (string Text, SourcePosition Position) TakeWord(Func<char, bool> accept, string expected)
    {
        int start = offset;
        while (!AtEnd && accept(text[offset]))
        {
            offset++;
        }

        if (offset == start)
        {
            throw Expected(expected);
        }

        string word = text[start..offset];
        SkipBlanks();
        return (word, new SourcePosition(lineNumber, start + 1));
    }

    /// <summary>Takes words with commas between them.</summary>
    public List<(string Text, SourcePosition Position)> TakeList(Func<char, bool> accept, string expected)
    {
        List<(string Text, SourcePosition Position)> words = [TakeWord(accept, expected)];
        while (TryTake(','))
        {
            words.Add(TakeWord(accept, expected));
        }

        return words;
    }

    public void Take(char character, string expected)
    {
        if (!TryTake(character))
        {
            throw Expected(expected);
        }
    }

    public bool TryTake(char character)
    {
        bool found = !AtEnd && text[offset] == character;
        if (found)
        {
            offset++;
            SkipBlanks();
        }

        return found;
    }

    public InputError Expected(string expected)
    {
        string found = AtEnd ? "the end of the line" : $"'{Token.Clip(text[offset..])}'";
        return new InputError(Position, $"expected {expected}, found {found}");
    }

    private void SkipBlanks()
    {
        while (!AtEnd && char.IsWhiteSpace(text[offset]))
        {
            offset++;
        }
    }
}
