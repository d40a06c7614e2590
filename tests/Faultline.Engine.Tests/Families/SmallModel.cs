using Faultline.Engine.State;

namespace Faultline.Engine.Tests;

/// <summary>What the small models of these tests have in common: words are added in the constructor, all start as zero.</summary>
public abstract class SmallModel(int threads) : Model
{
    public override Layout Layout { get; } = new();

    public override int Threads { get; } = threads;

    public override int StackBytes => 512;

    public override void Initialise(Execution execution)
    {
    }
}
