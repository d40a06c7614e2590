using System.Text;
using Faultline.Litmus.Conditions;

namespace Faultline.Litmus.Syntax;

/// <summary>Parses what a condition observes: <c>1:r0</c>, <c>A[0].1</c>, <c>pte(A[0])</c>, <c>warn(insert_pfn)</c>, ...</summary>
internal sealed class ObservableParser(TokenReader reader, Scope scope, IReadOnlyList<ThreadBuilder> threads)
{
    private const string Expected = "'1:r0', 'A[0]', 'f[0]', an event such as 'warn(function)', 'not', 'true' or '('";

    private readonly PlaceParser places = new(reader, scope);

    public Observable Parse()
    {
        Token first = reader.Current;
        if (first.Kind == TokenKind.Number)
        {
            return ParseRegister(scope.CheckThread(reader.ExpectInt("the number of a thread", minimum: 0), first.Position));
        }

        Token name = reader.Expect(TokenKind.Name, Expected);
        if (reader.At(TokenKind.Colon))
        {
            return ParseRegister(scope.FindThread(name));
        }

        if (name.Text == "hang")
        {
            return new HangEvent();
        }

        if (name.Text == "crashed")
        {
            CheckCrash(name);
            return new CrashedEvent();
        }

        return reader.At(TokenKind.LeftParen) ? ParsePredicate(name) : ParseWord(name);
    }

    private RegisterValue ParseRegister(int thread)
    {
        reader.Expect(TokenKind.Colon, $"':' and a register of P{thread}");
        Token name = reader.Expect(TokenKind.Name, $"a register of P{thread}");
        IReadOnlyCollection<int> registers = threads[thread].Registers;
        if (Vocabulary.TryRegister(name.Text, out int number) && registers.Contains(number))
        {
            return new RegisterValue(thread, number, registers.TakeWhile(r => r != number).Count());
        }

        string known = Vocabulary.List([.. registers.Select(r => $"r{r}")]);
        throw new InputError(name.Position, $"P{thread} does not use {name.Describe()}; its registers are: {known}")
        {
            IsConsequence = threads[thread].HasErrors,
        };
    }

    private Observable ParseWord(Token name)
    {
        if (Vocabulary.IsNumbered(name.Text, 'r'))
        {
            throw new InputError(name.Position, $"expected the thread of the register, as in '0:{Token.Clip(name.Text)}', found {name.Describe()}");
        }

        if (Vocabulary.Observables.Contains(name.Text))
        {
            throw reader.Unexpected($"'(' after {name.Text}");
        }

        if (!reader.At(TokenKind.LeftBracket) && NearestName.Find(name.Text, Vocabulary.Predicates) is { } nearest)
        {
            throw new InputError(name.Position, $"expected {Expected}, found {name.Describe()}; did you mean '{nearest}'?");
        }

        Scope.Symbol symbol = scope.Find(name);
        Place place = places.ParseWord(symbol, [], defaultWord: 0);
        return symbol.IsMap
            ? new MapWord(symbol.Index, name.Text, place.Page.Number, place.Word)
            : new FileWord(symbol.Index, name.Text, place.Page.Number, place.Word);
    }

    private Observable ParsePredicate(Token name)
    {
        if (!Vocabulary.Predicates.Contains(name.Text))
        {
            throw UnknownPredicate(name);
        }

        reader.Expect(TokenKind.LeftParen);
        Observable observable = ParseArgument(name);
        reader.Expect(TokenKind.RightParen);
        return observable;
    }

    private Observable ParseArgument(Token predicate) => predicate.Text switch
    {
        "pte" => ParseMapPage((map, name, page) => new PteContents(map, name, page)),
        "writable" => ParseMapPage((map, name, page) => new PteWritable(map, name, page)),
        "pmd" => ParseMapPage((map, name, page) => new PmdContents(map, name, page)),
        "entry" => ParseFilePage((file, name, page) => new EntryContents(file, name, page)),
        "huge" => ParseFilePage((file, name, page) => new EntryHuge(file, name, page)),
        "extent" => ParseFilePage((file, name, page) => new ExtentContents(file, name, page)),
        "dirty" => ParseDirty(),
        "size" => ParseFile((file, name) => new FileSize(file, name)),
        "durable" => ParseDurable(predicate),
        "durable_size" => ParseDurableSize(predicate),
        "faults" => new FaultCount(ParseThread()),
        "sigbus" => new SigbusEvent(ParseThread()),
        "sigsegv" => new SigsegvEvent(ParseThread()),
        "warn" => new WarnEvent(ParseDottedName("the name of a function")),
        "bug" => new BugEvent(ParseDottedName("the name of a bug")),
        "reach" => new ReachEvent(ParseDottedName("a mark such as insert_pfn.other_pfn")),
        _ => throw UnknownPredicate(predicate),
    };

    private Observable ParseMapPage(Func<int, string, int, Observable> make)
    {
        Token name = reader.Expect(TokenKind.Name, "the name of a mapping");
        int map = scope.FindMap(name);
        return make(map, name.Text, places.ParsePage(Scope.Symbol.Map(map), []).Number);
    }

    private Observable ParseFile(Func<int, string, Observable> make)
    {
        Token name = reader.Expect(TokenKind.Name, "the name of a file");
        return make(scope.FindFile(name), name.Text);
    }

    private DurableWord ParseDurable(Token predicate)
    {
        CheckCrash(predicate);
        Token name = reader.Expect(TokenKind.Name, "the name of a file");
        Place place = places.ParseWord(Scope.Symbol.File(scope.FindFile(name)), [], defaultWord: 0);
        return new DurableWord(place.Object, name.Text, place.Page.Number, place.Word);
    }

    private Observable ParseDurableSize(Token predicate)
    {
        CheckCrash(predicate);
        return ParseFile((file, name) => new DurableSize(file, name));
    }

    private void CheckCrash(Token predicate)
    {
        if (!threads.Any(t => t.Crashes))
        {
            throw new InputError(predicate.Position, $"{predicate.Text} is about the time after a crash; expected a thread that ends with 'crash'")
            {
                IsConsequence = threads.Any(t => t.HasErrors),
            };
        }
    }

    private Observable ParseFilePage(Func<int, string, int, Observable> make)
    {
        Token name = reader.Expect(TokenKind.Name, "the name of a file");
        int file = scope.FindFile(name);
        return make(file, name.Text, places.ParsePage(Scope.Symbol.File(file), []).Number);
    }

    private Observable ParseDirty()
    {
        Token name = reader.Expect(TokenKind.Name, "the name of a mapping or file");
        Scope.Symbol symbol = scope.Find(name);
        int page = places.ParsePage(symbol, []).Number;
        return symbol.IsMap ? new PteDirty(symbol.Index, name.Text, page) : new EntryDirty(symbol.Index, name.Text, page);
    }

    private string ParseDottedName(string expected)
    {
        StringBuilder name = new(reader.Expect(TokenKind.Name, expected).Text);
        while (reader.TryTake(TokenKind.Dot))
        {
            name.Append('.').Append(reader.Expect(TokenKind.Name, "a name after '.'").Text);
        }

        return name.ToString();
    }

    private int ParseThread() => scope.FindThread(reader.Expect(TokenKind.Name, "the name of a thread"));

    private static InputError UnknownPredicate(Token name)
    {
        string known = string.Join(", ", Vocabulary.Observables) + NearestName.Hint(name.Text, Vocabulary.Predicates);
        return new InputError(name.Position, $"unknown predicate {name.Describe()}; conditions are over registers, words and: {known}");
    }
}
