using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Expectations;

/// <summary>Reads words and lists of words from one line.</summary>
internal sealed class LineReader
{
    private readonly string _line;
    private readonly int _number;
    private int _offset;

    public LineReader(string line, int number)
    {
        _line = line;
        _number = number;
        SkipBlanks();
    }

    public bool AtEnd => _offset == _line.Length;

    private SourcePosition Position => new(_number, _offset + 1);

    public (string Text, SourcePosition Position) TakeWord(Func<char, bool> accept, string expected)
    {
        int start = _offset;
        while (!AtEnd && accept(_line[_offset]))
        {
            _offset++;
        }

        if (_offset == start)
        {
            throw Expected(expected);
        }

        string word = _line[start.._offset];
        SkipBlanks();
        return (word, new SourcePosition(_number, start + 1));
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
        bool found = !AtEnd && _line[_offset] == character;
        if (found)
        {
            _offset++;
            SkipBlanks();
        }

        return found;
    }

    public InputError Expected(string expected)
    {
        string found = AtEnd ? "the end of the line" : $"'{Token.Clip(_line[_offset..])}'";
        return new InputError(Position, $"expected {expected}, found {found}");
    }

    private void SkipBlanks()
    {
        while (!AtEnd && char.IsWhiteSpace(_line[_offset]))
        {
            _offset++;
        }
    }
}
