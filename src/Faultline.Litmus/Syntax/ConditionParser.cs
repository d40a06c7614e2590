using Faultline.Litmus.Conditions;

namespace Faultline.Litmus.Syntax;

/// <summary>Parses <c>locations [ ... ]</c> and the condition.</summary>
internal sealed class ConditionParser(TokenReader reader, ObservableParser observables)
{
    private const int MaxDepth = 64;

    private int depth;

    /// <summary>Parses <c>locations [ 1:r0; A[0]; ]</c>, if it is there.</summary>
    public IReadOnlyList<Observable> ParseLocations()
    {
        if (!reader.TryTakeWord("locations"))
        {
            return [];
        }

        List<Observable> locations = [];
        reader.Expect(TokenKind.LeftBracket);
        while (!reader.TryTake(TokenKind.RightBracket))
        {
            locations.Add(observables.Parse());
            if (!reader.TryTake(TokenKind.Semicolon) && !reader.At(TokenKind.RightBracket))
            {
                throw reader.Unexpected("';' or ']'");
            }
        }

        return locations;
    }

    public Condition ParseCondition()
    {
        SourcePosition start = reader.Current.Position;
        Quantifier quantifier = ParseQuantifier();
        Proposition proposition = ParseOr();
        if (!reader.At(TokenKind.End))
        {
            throw reader.Unexpected("'/\\', '\\/' or the end of the file");
        }

        return new Condition(quantifier, proposition, start);
    }

    private Quantifier ParseQuantifier()
    {
        const string expected = "'exists', '~exists' or 'forall'";
        if (reader.TryTakeWord("exists"))
        {
            return Quantifier.Exists;
        }

        if (reader.TryTakeWord("forall"))
        {
            return Quantifier.Forall;
        }

        if (!reader.TryTake(TokenKind.Tilde))
        {
            throw reader.Unexpected(expected);
        }

        if (!reader.TryTakeWord("exists"))
        {
            throw reader.Unexpected("'exists' after '~'");
        }

        return Quantifier.NotExists;
    }

    private Proposition ParseOr()
    {
        List<Proposition> operands = [ParseAnd()];
        while (reader.TryTake(TokenKind.Or))
        {
            operands.Add(ParseAnd());
        }

        return operands.Count == 1 ? operands[0] : new Or(operands);
    }

    private Proposition ParseAnd()
    {
        List<Proposition> operands = [ParseUnary()];
        while (reader.TryTake(TokenKind.And))
        {
            operands.Add(ParseUnary());
        }

        return operands.Count == 1 ? operands[0] : new And(operands);
    }

    private Proposition ParseUnary()
    {
        SourcePosition position = reader.Current.Position;
        if (depth == MaxDepth)
        {
            throw new InputError(position, $"the condition is nested too deeply; expected at most {MaxDepth} levels");
        }

        depth++;
        Proposition proposition = ParseNested();
        depth--;
        return proposition;
    }

    private Proposition ParseNested()
    {
        if (reader.TryTake(TokenKind.Tilde) || reader.TryTakeWord("not"))
        {
            return new Not(ParseUnary());
        }

        if (reader.TryTake(TokenKind.LeftParen))
        {
            Proposition inner = ParseOr();
            reader.Expect(TokenKind.RightParen, "'/\\', '\\/' or ')'");
            return inner;
        }

        return reader.TryTakeWord("true") ? new True() : ParseAtom();
    }

    private Atom ParseAtom()
    {
        SourcePosition start = reader.Current.Position;
        Observable observable = observables.Parse();
        if (observable.IsFlag)
        {
            return new Atom(observable, IsEqual: true, Value: 1, start);
        }

        bool isEqual = reader.TryTake(TokenKind.Equal);
        if (!isEqual)
        {
            reader.Expect(TokenKind.NotEqual, $"'=' or '!=' after {Token.Clip(observable.Name)}");
        }

        return new Atom(observable, isEqual, ParseValue(observable), start);
    }

    private int ParseValue(Observable observable)
    {
        if (observable.ValueNames.Count == 0)
        {
            return reader.ExpectInt("a number", int.MinValue);
        }

        for (int value = 0; value < observable.ValueNames.Count; value++)
        {
            if (reader.TryTakeWord(observable.ValueNames[value]))
            {
                return value;
            }
        }

        string hint = reader.At(TokenKind.Name) ? NearestName.Hint(reader.Current.Text, observable.ValueNames) : "";
        throw reader.Unexpected($"one of: {Vocabulary.List([.. observable.ValueNames])}", hint);
    }
}
