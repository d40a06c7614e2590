using Faultline.Engine.Coroutines;
using Faultline.Engine.Search;
using Faultline.Engine.State;
using Faultline.Engine.Sync;
using Faultline.Engine.Tests.Programs;

namespace Faultline.Engine.Tests.Strategies;

/// <summary>Each thread waits in a loop for the other's flag, which nobody sets.</summary>
public sealed class Spinners : SmallModel
{
    public Spinners()
        : base(2) => Layout.Add("flag", 2, WordKind.Visible);

    public override Call Start(int thread) => Wait(1 - thread);

    private static async Call Wait(int flag)
    {
        while (await new Word<int>(flag).ReadOnce() == 0)
        {
        }
    }
}

/// <summary>Ends of a random program, as the interpreter spells them.</summary>
internal sealed class Ends(ProgramModel model) : ISearchObserver
{
    public HashSet<string> Found { get; } = [];

    public void EndState(Execution execution, bool stuck) => Found.Add(model.Spell(execution));

    public void Progress(SearchProgress progress)
    {
    }
}
