namespace Faultline.Engine.Search.Checkpoints;

/// <summary>Has something of its own that belongs into a checkpoint: an observer that counts, a model that takes notes.</summary>
public interface ICheckpointed
{
    /// <summary>Writes it.</summary>
    void Save(BinaryWriter writer);

    /// <summary>Reads it again, in place of what is there.</summary>
    void Load(BinaryReader reader);
}
